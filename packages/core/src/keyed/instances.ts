/**
 * The instances of keyed actors that live on one host: made on demand, let go when idle. Owns their records and
 * the idle timer; holds that there is one for a key, and that one is let go only when nothing is queued,
 * running or under way for it, so that no message is lost with it. Told by the holder what to make; tells it
 * what is gone.
 *
 * All instances of one definition have the same idle time, so those to be looked at next are the head of a queue,
 * and a look costs the same however many there are. One that had a message since goes to the end; so an actor
 * is let go after its idle time, and before twice that.
 */
import { KEYED_ROOT_NAME } from '../address.ts';
import { Ref } from '../actor/actor-ref.ts';
import type { Cell } from '../actor/cell.ts';
import type { ChildRecord } from '../actor/child.ts';
import { defineActor, type ErasedDefinition } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import { Supervisor } from '../actor/supervisor.ts';
import type { StopReason } from '../events.ts';
import { assert } from '../lib/assert.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import { KEYED_CHECKS_PER_TICK_MAX } from '../limits.ts';
import type { Timer } from '../ports.ts';
import { resolveSpawned, SHUTDOWN_DEFAULT_MS } from '../supervision/child-spec.ts';
import type { ActorKey } from './actor-key.ts';
import type { Asker } from './keyed-words.ts';

/** One instance. */
export interface Instance extends ActorKey {
  /** The home's number for it. */
  readonly number: number;
  /** Its cell; another one after it was killed and started again. */
  cell: Cell;
  /** Messages accepted when it was last looked at. */
  accepted: number;
  /** When it is to be looked at. */
  checkAtMs: number;
  /** Askers that came while it was going down: at most one for each host. */
  waiting: Asker[] | null;
}

/** Who hears of instances that are gone. */
export interface InstanceObserver {
  instanceGone(instance: Instance): void;
}

/** Those with one idle time. */
interface IdleQueue {
  readonly queue: RingDeque<Instance>;
  timer: Timer | null;
}

/** The instances of one host. */
export class Instances {
  readonly #kernel: Kernel;
  readonly #parent: () => Cell;
  readonly #observer: InstanceObserver;
  readonly #byName = new Map<string, Instance>();
  readonly #idle = new Map<number, IdleQueue>();
  #root: Cell | null = null;

  /** @param parent the actor under which the instances' supervisor lives */
  constructor(kernel: Kernel, parent: () => Cell, observer: InstanceObserver) {
    this.#kernel = kernel;
    this.#parent = parent;
    this.#observer = observer;
  }

  /** The actor below which the instances live; null before the first. */
  get root(): Cell | null {
    return this.#root;
  }

  /** Instances that are not gone. */
  get size(): number {
    return this.#byName.size;
  }

  /** The instance of a key. */
  get(name: string): Instance | undefined {
    return this.#byName.get(name);
  }

  /** Makes the instance of a key; null when this host takes no new actors any more. */
  make({ definition, key, name }: ActorKey, number: number): Instance | null {
    const root = this.#rootCell();
    if (root.gone) return null;
    const spec = resolveSpawned(definition.name, undefined);
    const ref = root.ownSupervisor().spawn(definition, key, name, spec, 'here', null);
    const cell = Ref.recipientOf(ref) as Cell;
    const idleMs = definition.keyed?.idleMs ?? 0;
    const checkAtMs = this.#kernel.ports.clock.now() + idleMs;
    const instance = { name, definition, key, number, cell, accepted: 0, checkAtMs, waiting: null };
    this.#byName.set(name, instance);
    this.#watchIdle(instance, idleMs);
    return instance;
  }

  /** The instances whose names are wanted. O(instances). */
  named(wanted: (name: string) => boolean): Instance[] {
    return [...this.#byName.values()].filter(({ name }) => wanted(name));
  }

  /** A host died: it waits for no instance any more. O(instances). */
  forgetAsker(host: number): void {
    for (const instance of this.#byName.values()) {
      if (instance.waiting !== null)
        instance.waiting = instance.waiting.filter((asker) => asker.host !== host);
    }
  }

  #rootCell(): Cell {
    if (this.#root !== null) return this.#root;
    const definition = ROOT as unknown as ErasedDefinition;
    const spec = resolveSpawned(definition.name, undefined);
    const supervisor = this.#parent().ownSupervisor();
    const ref = supervisor.spawn(definition, undefined, KEYED_ROOT_NAME, spec, undefined, null);
    const cell = Ref.recipientOf(ref) as Cell;
    assert(cell.supervisor === null, 'the supervisor of keyed actors has no children yet');
    cell.supervisor = new KeyedSupervisor(cell, cell.definition.supervision, (child) =>
      this.#childOver(child),
    );
    this.#root = cell;
    return cell;
  }

  /** A child has stopped: it was forgotten, or made anew by its supervisor. */
  #childOver(child: ChildRecord): void {
    const instance = this.#byName.get(child.name);
    if (instance === undefined) return;
    if (child.listed) {
      instance.cell = child.target as Cell;
      return;
    }
    this.#byName.delete(instance.name);
    if (this.#byName.size === 0) this.#endTimers();
    this.#observer.instanceGone(instance);
  }

  #watchIdle(instance: Instance, idleMs: number): void {
    let idle = this.#idle.get(idleMs);
    if (idle === undefined) {
      idle = { queue: new RingDeque<Instance>(), timer: null };
      this.#idle.set(idleMs, idle);
    }
    idle.queue.push(instance);
    if (idle.timer === null) this.#arm(idle, idleMs);
  }

  #arm(idle: IdleQueue, idleMs: number): void {
    const next = idle.queue.peek();
    if (next === undefined) return;
    const { clock } = this.#kernel.ports;
    const delayMs = Math.max(next.checkAtMs - clock.now(), 0);
    idle.timer = clock.setTimer(() => {
      idle.timer = null;
      this.#look(idle, idleMs);
      // The last instance may have gone, and with it the queue.
      if (this.#idle.get(idleMs) === idle && idle.timer === null) this.#arm(idle, idleMs);
    }, delayMs);
  }

  #look({ queue }: IdleQueue, idleMs: number): void {
    const nowMs = this.#kernel.ports.clock.now();
    this.#kernel.dispatcher.readClock();
    for (let left = Math.min(queue.size, KEYED_CHECKS_PER_TICK_MAX); left > 0; left -= 1) {
      const instance = queue.peek();
      if (instance === undefined || instance.checkAtMs > nowMs) return;
      queue.shift();
      if (this.#byName.get(instance.name) !== instance) continue;
      const { cell } = instance;
      const idle = cell.accepted === instance.accepted && isQuiet(cell);
      instance.accepted = cell.accepted;
      if (idle && this.#passivate(instance)) continue;
      instance.checkAtMs = nowMs + idleMs;
      queue.push(instance);
    }
  }

  /** Lets an idle instance go, or has it saved first. False when it is to stay. */
  #passivate(instance: Instance): boolean {
    const { cell, definition, key, accepted } = instance;
    const save = definition.keyed?.save ?? null;
    if (save === null) return letGo(cell);
    let over = false;
    cell.runHook(save, [cell.state, key, cell.context], (outcome) => {
      if (outcome.failed) this.#kernel.reportFailure(cell, outcome.error, 'hook');
      // What came while it was being saved is handled by this instance, and saved the next time.
      else if (cell.accepted === accepted && isQuiet(cell)) over = letGo(cell);
    });
    return over;
  }

  #endTimers(): void {
    for (const { timer } of this.#idle.values()) timer?.cancel();
    this.#idle.clear();
  }
}

/** True when the actor has nothing to do and nobody waits for it. */
function isQuiet(cell: Cell): boolean {
  const { extras, mailbox } = cell;
  if (cell.phase !== 'running' || cell.occupied || mailbox.depth > 0) return false;
  if ((cell.line?.size ?? 0) > 0 || cell.parkedSends > 0 || cell.openAsks > 0) return false;
  return extras === null || (extras.signals.size === 0 && (extras.notices?.size ?? 0) === 0);
}

/** From the moment that no other host can pay for a message, and none is under way, the actor takes none. */
function letGo(cell: Cell): boolean {
  if (cell.dealer !== null && !cell.dealer.recall()) return false;
  cell.passivate(SHUTDOWN_DEFAULT_MS);
  return true;
}

/** A supervisor that says when a child is over. */
class KeyedSupervisor extends Supervisor {
  readonly #over: (child: ChildRecord) => void;

  constructor(owner: Cell, spec: ErasedDefinition['supervision'], over: (child: ChildRecord) => void) {
    super(owner, spec);
    this.#over = over;
  }

  override childStopped(child: ChildRecord, reason: StopReason, by: 'itself' | 'order'): void {
    super.childStopped(child, reason, by);
    this.#over(child);
  }
}

/** Each instance by itself, with a few chances, as top-level actors. */
const ROOT = defineActor({
  name: 'keyed',
  init: () => null,
  handlers: {},
  supervision: { intensityPer: 'child', intensity: 5, periodMs: 10_000 },
});
