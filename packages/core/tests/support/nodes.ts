/**
 * Hosts beside each other on one thread, with links that a test opens row by row. Owns their rows; holds that rows of
 * one link come in the order sent, and that nothing comes until the test says so. For tests of words between hosts
 * whose order matters; whole systems in drawn orders are the test kit's.
 */
import { Ref } from '../../src/actor/actor-ref.ts';
import type { ActorDefinition, ErasedDefinition } from '../../src/actor/definition.ts';
import { PlainWords } from '../../src/credit/shared-words.ts';
import type { AnyHandlers, ActorRef } from '../../src/ref.ts';
import { Node } from '../../src/remote/node.ts';
import { ROW, type RefWords, type Rows } from '../../src/remote/protocol.ts';
import { createSystem, type System } from '../../src/system/system.ts';
import { seededRandom } from './seeded.ts';
import { VirtualTime } from './virtual-time.ts';

interface Row {
  readonly kind: number;
  readonly handler: number;
  readonly target: number;
  readonly from: number;
  readonly ask: number;
  readonly payload: unknown;
}

/** A message of this arrives as one whose payload could not be read. */
export const LOST_PAYLOAD = null;

/** A ref under way. */
class RefOnTheWay {
  readonly words: RefWords;

  constructor(words: RefWords) {
    this.words = words;
  }
}

/** One host. */
export interface NodeHost {
  readonly system: System;
  readonly node: Node;
}

/** Some hosts; the main thread is the first. */
export class Nodes {
  readonly hosts: NodeHost[];
  /** Where an actor is made again whose host died; null where it was to live at first. */
  again: number | null = null;
  readonly #time = new VirtualTime();
  readonly #definitions: ReadonlyMap<string, ErasedDefinition>;
  readonly #links: Row[][][];
  readonly #pages = new Map<string, PlainWords>();
  readonly #losses: Int32Array;
  /** Actors of a host that died and that may be made again, as those said who heard. */
  readonly #kept: number[] = [];
  /** Hosts that died and did not come up again: what is sent to them stays under way. */
  readonly #dead = new Set<number>();
  #lastId = 0;

  constructor(count: number, definitions: readonly unknown[]) {
    const all = definitions as readonly ErasedDefinition[];
    this.#definitions = new Map(all.map((definition) => [definition.name, definition]));
    this.#links = Array.from({ length: count }, () => Array.from({ length: count }, () => []));
    this.#losses = new Int32Array(count);
    this.hosts = Array.from({ length: count }, (_, host) => this.#make(host, count));
  }

  /** Spawns from the main thread an actor that lives on this host. */
  async spawn<State, Handlers extends AnyHandlers>(
    definition: ActorDefinition<State, undefined, Handlers>,
    placement: number,
  ): Promise<ActorRef<ActorDefinition<State, undefined, Handlers>>> {
    const spawned = this.at(0).system.spawn(definition, { placement });
    await this.run();
    return spawned;
  }

  at(host: number): NodeHost {
    return this.hosts[host] as NodeHost;
  }

  /** A ref of the main thread, as another host has it. */
  refAt<T extends object>(host: number, ref: T): T {
    return this.at(host).node.readRef(this.at(0).node.writeRef(ref, host), 0) as T;
  }

  /** The ids that a host knows of those that were given so far. */
  known(host: number): number[] {
    const ids = Array.from({ length: this.#lastId }, (_, i) => i + 1);
    return ids.filter((id) => this.at(host).node.hostOf(id) !== undefined);
  }

  /** Kinds of the rows that are under way on a link. */
  underWay(from: number, to: number): string[] {
    const names = Object.keys(ROW) as (keyof typeof ROW)[];
    return this.#link(from, to).map(({ kind }) => names.find((name) => ROW[name] === kind) ?? String(kind));
  }

  /** Messages that nobody paid for: the first one of a link, so many times more and right behind it. */
  forge(from: number, to: number, copies: number): void {
    const rows = this.#link(from, to);
    const first = rows.findIndex(({ kind }) => kind === ROW.tell);
    for (let i = 0; i < copies; i += 1) rows.splice(first, 0, { ...(rows[first] as Row) });
  }

  /** Lets one link deliver all it has, or its first rows, and the host that gets them work. */
  async deliver(from: number, to: number, count: number = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#time.settle();
    const { node } = this.at(to);
    node.receive(from, rowsFor(node, from, this.#link(from, to).splice(0, count)));
    await this.#time.settle();
  }

  /** Delivers until nothing is under way but on these links, each as `from>to`. */
  async run(...held: readonly string[]): Promise<void> {
    await this.#time.settle();
    for (let moved = true; moved; ) {
      moved = false;
      for (const [from, links] of this.#links.entries()) {
        for (const [to, rows] of links.entries()) {
          if (rows.length === 0 || this.#dead.has(to) || held.includes(`${from}>${to}`)) continue;
          moved = true;
          // oxlint-disable-next-line no-await-in-loop -- one link after the other
          await this.deliver(from, to);
        }
      }
    }
  }

  /** Lets all hosts do what they have to, with nothing delivered. */
  settle(): Promise<void> {
    return this.#time.settle();
  }

  /** Lets time pass, with nothing delivered. */
  advance(ms: number): Promise<void> {
    return this.#time.advance(ms);
  }

  /** A host dies, and with it what it had said. Nobody has heard of it yet. */
  die(host: number): void {
    for (let other = 0; other < this.hosts.length; other += 1) this.#link(host, other).length = 0;
  }

  /** A host hears that another one died, and takes back what that one had not taken. */
  hears(host: number, lost: number): void {
    const { node } = this.at(host);
    const untaken = this.#link(host, lost).splice(0);
    node.takeBack(lost, rowsFor(node, host, untaken), node.recipientsBySlot(lost));
    this.#kept.push(...this.at(host).node.hostLost(lost).kept);
  }

  /** All others have heard that a host died: its actors may be made again. */
  settled(lost: number): void {
    const kept = new Set(this.#kept.splice(0));
    for (const [host, { node }] of this.hosts.entries())
      if (host !== lost && !this.#dead.has(host)) node.hostSettled(lost, kept);
    this.#losses[lost] = (this.#losses[lost] as number) + 1;
  }

  /** A host dies, and all others hear of it; its actors are on their way to where they are made again. */
  dies(host: number): void {
    this.die(host);
    for (let other = 0; other < this.hosts.length; other += 1)
      if (other !== host && !this.#dead.has(other)) this.hears(other, host);
    this.settled(host);
    this.#dead.add(host);
  }

  /** A host dies, all others hear of it, and it comes up again; its actors are on their way there. */
  diesAndComesBack(host: number): void {
    this.dies(host);
    this.comesBack(host);
  }

  /** A host that died comes up again. */
  comesBack(host: number): void {
    this.#dead.delete(host);
    this.hosts[host] = this.#make(host, this.hosts.length);
  }

  #make(self: number, count: number): NodeHost {
    const incarnation = (this.#losses[self] as number) + 1;
    const log = (): void => undefined;
    const ports = { clock: this.#time, scheduler: this.#time, random: seededRandom(self + 1), log };
    const nextId = (): number => (this.#lastId += 1);
    const system = createSystem(ports, {}, nextId);
    const definition = (name: string): ErasedDefinition => {
      const found = this.#definitions.get(name);
      if (found === undefined) throw new Error(`no definition ${name}`);
      return found;
    };
    const pages = (owner: number, page: number, words = 0): PlainWords => {
      const name = `${owner}/${page}`;
      const known = this.#pages.get(name) ?? new PlainWords(words);
      this.#pages.set(name, known);
      return known;
    };
    const node: Node = new Node({
      kernel: system.kernel,
      self,
      hosts: count,
      makePage: (page, words) => pages(self, page, words),
      findPage: pages,
      definition,
      link: (to) => ({
        append: (kind, handler, target, from, ask, payload) => {
          if (to === self) throw new Error(`host ${self} speaks to itself`);
          this.#link(self, to).push({
            kind,
            handler,
            target,
            from,
            ask,
            payload: write(payload, (ref) => node.writeRef(ref, to)),
          });
          return true;
        },
        pending: 0,
        // A row is on its way as soon as it is appended.
        push: () => false,
      }),
      lostPayload: LOST_PAYLOAD,
      received: new Float64Array(count),
      incarnation,
      losses: this.#losses,
      loadOf: () => ({ busyShare: 0, active: 0 }),
      placeAgain: (placement) => this.again ?? (placement as number),
    });
    const local = system.kernel.createChild;
    system.kernel.createChild = (link, child, args, placement) =>
      typeof placement === 'number' && placement !== self
        ? node.spawnOn(placement, link, child, args, placement)
        : local(link, child, args, placement);
    return { system, node };
  }

  #link(from: number, to: number): Row[] {
    return (this.#links[from] as Row[][])[to] as Row[];
  }
}

/** Rows as a host takes them. */
function rowsFor(node: Node, from: number, rows: readonly Row[]): Rows {
  return {
    count: rows.length,
    endOfRun: (i) => {
      const { kind, handler, target } = rows[i] as Row;
      const end = rows.findIndex(
        (row, at) => at > i && (row.kind !== kind || row.handler !== handler || row.target !== target),
      );
      return end < 0 ? rows.length : end;
    },
    kind: (i) => (rows[i] as Row).kind,
    handler: (i) => (rows[i] as Row).handler,
    target: (i) => (rows[i] as Row).target,
    from: (i) => (rows[i] as Row).from,
    ask: (i) => (rows[i] as Row).ask,
    payloads: rows.map(({ payload }) => read(payload, (words) => node.readRef(words, from))),
  };
}

function read(payload: unknown, refOf: (words: RefWords) => unknown): unknown {
  if (payload instanceof RefOnTheWay) return refOf(payload.words);
  return Array.isArray(payload) ? payload.map((item) => read(item, refOf)) : payload;
}

function write(payload: unknown, wordsFor: (ref: unknown) => RefWords): unknown {
  if (Ref.isRef(payload)) return new RefOnTheWay(wordsFor(payload));
  return Array.isArray(payload) ? payload.map((item) => write(item, wordsFor)) : payload;
}
