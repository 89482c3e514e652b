/**
 * All virtual hosts of one run, their clock and their network, under one scheduler that a seed drives. Owns
 * who steps next and what goes wrong when; holds that step n of a seed decides the same way whatever steps
 * before it are left out. Called by `run.ts`; must not know what a run is for.
 */
import { Random } from '../random.ts';
import { Interrupts, KILLED, type SimWords } from './interrupts.ts';
import { check, SimLedger, unreachable } from './message.ts';
import { Network } from './network.ts';
import { Oracle } from './oracle.ts';
import type { Fault, Plan } from './plan.ts';
import { Population } from './population.ts';
import type { Parked, SimCell, SimPolicy } from './sim-cell.ts';
import { SimHost, SLEEP_MAX_MS } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** A phase that needs more steps than this to drain is stuck. */
const DRAIN_MAX_STEPS = 60_000;
/** A late wake-up comes after at most this long. */
const WAKE_LATE_MAX_MS = 30;
/** A clock jump is this long. */
const CLOCK_JUMP_MS = 5_000;
/** A slow host makes no step for at most this many steps of others. */
const SLOW_MAX_STEPS = 60;
/** Hosts that can be in the middle of a step at a time. */
const NESTED_MAX = 3;

interface Wake {
  readonly host: number;
  readonly atMs: number;
}

/** One run of the simulator. */
export class World implements SimSurroundings {
  readonly random: Random = new Random();
  readonly interrupts: Interrupts = new Interrupts();
  readonly network: Network;
  readonly ledger: SimLedger = new SimLedger();
  readonly oracle: Oracle;
  readonly hosts: number;
  readonly fan: number;
  nowMs = 0;
  steps = 0;
  readonly #plan: Plan;
  readonly #faults: ReadonlySet<Fault>;
  readonly #members: SimHost[] = [];
  readonly #incarnations: number[] = [];
  /** Dead hosts and their last incarnation, until they are started again. */
  readonly #dead = new Map<number, SimHost>();
  readonly #population: Population;
  readonly #sequences = new Map<number, number>();
  readonly #pages = new Map<number, SimWords>();
  readonly #slowUntil: number[] = [];
  #wakes: Wake[] = [];
  #nested = 0;
  #ids = 0;
  #faulty = true;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#faults = new Set(plan.faults);
    this.hosts = plan.hosts;
    this.fan = plan.fan;
    this.network = new Network(plan.hosts);
    this.oracle = new Oracle(this);
    this.random.reseed(plan.seed, -2);
    for (let host = 0; host < plan.hosts; host += 1) {
      this.#incarnations.push(0);
      this.#slowUntil.push(0);
    }
    for (let host = 0; host < plan.hosts; host += 1) this.#members.push(new SimHost(this, host, 0));
    this.#population = new Population(this, plan.capacities, this.#members);
    for (let i = 0; i < plan.actors; i += 1) this.#population.spawn();
  }

  /** Step `number` of the run: a send, a fault, or an action of some host. */
  step(number: number): void {
    this.random.reseed(this.#plan.seed, number);
    this.steps += 1;
    if (this.random.chance(120)) this.nowMs += this.random.next(6);
    if (this.random.chance(60) && this.#fault()) return;
    const host = this.#choose();
    if (host === undefined) this.#passTime();
    else this.#stepOf(host, true);
  }

  /** Lets everything come to rest, without faults and new sends. Returns the steps that it took. */
  drain(number: number): number {
    this.#faulty = false;
    for (const host of [...this.#dead.keys()]) this.#restartHost(host);
    this.#slowUntil.fill(0);
    let steps = 0;
    for (; ; steps += 1) {
      check(steps < DRAIN_MAX_STEPS, 'I4 everything drains in a bounded number of steps', () =>
        this.#stuck(),
      );
      this.random.reseed(this.#plan.seed, number + steps);
      this.steps += 1;
      const host = this.#choose();
      if (host !== undefined) this.#stepOf(host, false);
      else if (!this.#passTime()) break;
    }
    this.oracle.quiet(this.#members, this.ledger);
    this.#faulty = true;
    return steps;
  }

  /** Stops every actor while everything may be full: it must end all the same. */
  stopAll(): void {
    for (const host of [...this.#dead.keys()]) this.#restartHost(host);
    for (const host of this.#members) {
      for (const cell of [...host.actors.population]) host.actors.stop(cell);
    }
  }

  // What hosts ask of the world.

  homeOf(actor: number): number {
    return this.#population.homeOf(actor);
  }

  movedTo(actor: number, host: number): void {
    this.#population.movedTo(actor, host);
  }

  incarnationOf(host: number): number {
    return this.#incarnations[host] as number;
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  nextSequence(from: number, to: number): number {
    const pair = from * 65_536 + to;
    const next = (this.#sequences.get(pair) ?? 0) + 1;
    this.#sequences.set(pair, next);
    return next;
  }

  chooseTarget(): number {
    return this.#population.chooseTarget();
  }

  clonesFail(): boolean {
    return this.#faulty && this.#faults.has('clone') && this.random.chance(80);
  }

  sendsTimeOut(): boolean {
    return this.#faults.has('timeout') && this.random.chance(300);
  }

  policyOf(actor: number): SimPolicy {
    return this.#population.policyOf(actor);
  }

  page(owner: number, incarnation: number, page: number): SimWords {
    const words = this.#pages.get((owner * 65_536 + incarnation) * 64 + page);
    check(words !== undefined, 'I10 a page is known before its slots', () => `host ${owner}, page ${page}`);
    return words;
  }

  addPage(owner: number, incarnation: number, page: number, words: SimWords): void {
    this.#pages.set((owner * 65_536 + incarnation) * 64 + page, words);
  }

  reads(host: number, from: number): boolean {
    return (this.#members[host] as SimHost).inbox.obeying === from;
  }

  ring(host: number): void {
    const member = this.#members[host] as SimHost;
    if (!member.asleep) return;
    if (this.#faulty) {
      if (this.#faults.has('lost-wake') && this.random.chance(100)) return;
      if (this.#faults.has('late-wake') && this.random.chance(300)) {
        this.#wakes.push({ host, atMs: this.nowMs + this.random.next(WAKE_LATE_MAX_MS) });
        return;
      }
    }
    member.asleep = false;
  }

  // Scheduling.

  #choose(): SimHost | undefined {
    const start = this.random.next(this.hosts);
    for (let i = 0; i < this.hosts; i += 1) {
      const at = (start + i) % this.hosts;
      const host = this.#members[at] as SimHost;
      if (host.dead || host.busy || (this.#slowUntil[at] as number) > this.steps) continue;
      if (host.asleep && this.nowMs >= host.waits.dueMs) host.asleep = false;
      if (!host.asleep) return host;
    }
    return undefined;
  }

  #stepOf(host: SimHost, sends: boolean): void {
    const outer = this.#nested === 0;
    host.busy = true;
    this.#nested += 1;
    this.#arm(host);
    try {
      host.step(sends && this.#faulty);
    } catch (error) {
      if (error !== KILLED) throw error;
      this.#die(host);
    }
    this.interrupts.disarm();
    this.#nested -= 1;
    host.busy = false;
    if (outer) this.interrupts.disarm();
    if (!host.dead) this.oracle.stepped(host);
  }

  /** Decides what happens to a host in the middle of its step. */
  #arm(host: SimHost): void {
    if (!this.#faulty) return;
    if (this.#faults.has('kill') && this.random.chance(4)) {
      this.interrupts.arm(1 + this.random.next(30), () => {
        throw KILLED;
      });
    } else if (this.#faults.has('preempt') && this.random.chance(400)) {
      this.interrupts.arm(1 + this.random.next(12), () => this.#preempt(host));
    }
  }

  /** Other hosts act while this one stands between two atomic operations. */
  #preempt(host: SimHost): void {
    this.oracle.coverage.preemptions += 1;
    for (let n = 1 + this.random.next(5); n > 0 && this.#nested < NESTED_MAX; n -= 1) {
      const other = this.#choose();
      if (other === undefined) break;
      this.steps += 1;
      this.#stepOf(other, true);
    }
    this.#arm(host);
  }

  /** Nobody can act: time passes until somebody can. False when nobody ever will. */
  #passTime(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const wake of this.#wakes) nextMs = Math.min(nextMs, wake.atMs);
    for (const host of this.#members) {
      if (host.dead) continue;
      nextMs = Math.min(nextMs, host.waits.dueMs);
      if (host.asleep && this.network.dataWaiting(host.index) + this.network.controlWaiting(host.index) > 0) {
        nextMs = Math.min(nextMs, host.sleptAtMs + SLEEP_MAX_MS);
      }
    }
    if (nextMs === Number.POSITIVE_INFINITY) return this.#faulty;
    this.nowMs = Math.max(this.nowMs, nextMs);
    this.#wakes = this.#wakes.filter((wake) => {
      if (wake.atMs > this.nowMs) return true;
      (this.#members[wake.host] as SimHost).asleep = false;
      return false;
    });
    for (const host of this.#members) {
      if (host.asleep && this.nowMs >= host.sleptAtMs + SLEEP_MAX_MS) host.asleep = false;
    }
    return true;
  }

  // Faults.

  /** Makes something go wrong. False when what was chosen cannot, now. */
  #fault(): boolean {
    const faults = this.#plan.faults;
    if (this.#dead.size > 0 && this.random.chance(300)) {
      this.#restartHost(this.random.pick([...this.#dead.keys()]));
      return true;
    }
    if (faults.length === 0) return false;
    const fault = this.random.pick(faults);
    const host = this.random.pick(this.#members);
    if (host.dead || host.busy) return false;
    switch (fault) {
      case 'kill':
        if (!this.random.chance(100)) return false;
        this.#die(host);
        return true;
      case 'abort':
        return this.#abort(host);
      case 'restart':
        return this.#withCell(host, (cell) => host.actors.restart(cell));
      case 'stop':
        if (!this.random.chance(300)) return false;
        return this.#withCell(host, (cell) => {
          host.actors.stop(cell);
          this.#population.replace(cell.id);
        });
      case 'move':
        return this.#withCell(host, (cell) => {
          const to = this.random.next(this.hosts);
          if (cell.movingTo === -1 && to !== host.index) host.moves.begin(cell, to);
        });
      case 'spurious-wake':
        host.asleep = false;
        return true;
      case 'slow':
        this.#slowUntil[host.index] = this.steps + this.random.next(SLOW_MAX_STEPS);
        return true;
      case 'clock':
        if (this.random.chance(100)) this.nowMs += CLOCK_JUMP_MS;
        return true;
      case 'preempt':
      case 'timeout':
      case 'clone':
      case 'late-wake':
      case 'lost-wake':
        // These strike inside the steps of hosts.
        return false;
      default:
        return unreachable(fault);
    }
  }

  /** Does something to an actor of a host, in a step of that host, which may be interrupted. */
  #withCell(host: SimHost, act: (cell: SimCell) => void): boolean {
    if (host.actors.population.length === 0) return false;
    const cell = this.random.pick(host.actors.population);
    host.busy = true;
    this.#nested += 1;
    this.#arm(host);
    try {
      act(cell);
    } catch (error) {
      if (error !== KILLED) throw error;
      this.#die(host);
    }
    this.interrupts.disarm();
    this.#nested -= 1;
    host.busy = false;
    host.asleep = false;
    if (!host.dead) this.oracle.stepped(host);
    return true;
  }

  #abort(host: SimHost): boolean {
    const parked: Parked[] = [];
    for (const app of host.apps) parked.push(...app.parked);
    for (const cell of host.actors.population) parked.push(...cell.sender.parked);
    if (parked.length === 0) return false;
    host.sends.abort(this.random.pick(parked));
    host.asleep = false;
    this.oracle.stepped(host);
    return true;
  }

  #die(host: SimHost): void {
    host.dead = true;
    this.#dead.set(host.index, host);
    this.ledger.lose(host.index);
    this.oracle.hostDied(host.index);
  }

  /** The others are told, in any order; then a new thread takes the host's place. */
  #restartHost(index: number): void {
    const dead = this.#dead.get(index);
    if (dead === undefined) return;
    this.#dead.delete(index);
    this.interrupts.disarm();
    for (const host of this.#members) {
      // Who is not told now learns it from the first frame of the new incarnation.
      if (host.dead || host.busy || this.random.chance(300)) continue;
      host.reap(index, dead.incarnation);
      host.asleep = false;
    }
    this.#incarnations[index] = dead.incarnation + 1;
    const host = new SimHost(this, index, dead.incarnation + 1);
    this.#members[index] = host;
    this.#population.comeBack(dead.actors.population, host);
    host.greet();
    this.oracle.stepped(host);
  }

  #stuck(): string {
    const open = this.ledger.open();
    return `${open.length} messages are open, the first one is ${String(open[0]?.id)}`;
  }
}
