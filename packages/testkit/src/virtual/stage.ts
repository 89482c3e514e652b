/**
 * Who acts next. Owns the one order in which everything of a virtual system happens, drawn from a seed, and the
 * passing of time; holds that the same seed and the same test give the same order. Every step is followed by a
 * turn of the real event loop, so that promises settle before the next one. Must not know actors or hosts.
 */
import { Random } from '../random.ts';
import { VirtualTime } from './virtual-time.ts';

/** Somebody who can act: a virtual thread, or whoever makes things go wrong. */
export interface Performer {
  /** Ways in which it could act at this moment; 0 when it cannot. */
  readonly ways: number;
  /** When it could act again by the passing of time alone; infinity when never. */
  readonly nextMs: number;
  /** Acts in one of its ways, from 0, and says what it did. */
  act(way: number): string;
}

interface Waiting {
  readonly condition: () => boolean;
  /** Waits also while time passes. */
  readonly patient: boolean;
  readonly told: (met: boolean) => void;
}

/** Turns of the event loop without a step after which nothing more is expected to come from promises. */
const QUIET_TURNS = 4;

/** Longest time that one step takes while time flows. */
const STEP_MAX_US = 50;

/** Steps that {@link Stage.trace} remembers. */
const TRACE_MAX_STEPS = 200;

/** The one order of everything. */
export class Stage {
  readonly time: VirtualTime = new VirtualTime();
  /** Draws whose turn it is. */
  readonly random: Random;
  /** Steps so far. */
  steps = 0;
  /** Of the steps so far: the same order gives the same. */
  hash = 0x811c9dc5;
  /** Called before every step; may make something go wrong. */
  beforeStep: () => void = () => undefined;
  readonly #performers: Performer[] = [];
  readonly #trace: string[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Time may pass up to here when nobody has anything to do. */
  #untilMs = 0;
  #flows = false;
  #running = false;
  #ended = false;

  constructor(seed: number) {
    this.random = new Random(seed, 1);
  }

  /** Lets another one act. */
  join(performer: Performer): void {
    this.#performers.push(performer);
    this.stir();
  }

  /** Somebody may have something to do. */
  stir(): void {
    if (this.#running || this.#ended) return;
    this.#running = true;
    void this.#run();
  }

  /** Whether time passes by itself: with each step a little, and when nobody has anything to do up to the next timer. */
  get flows(): boolean {
    return this.#flows;
  }

  set flows(flows: boolean) {
    this.#flows = flows;
    this.stir();
  }

  /** Resolves with true as soon as the condition holds, or with false when nothing will happen any more. */
  until(condition: () => boolean): Promise<boolean> {
    return condition() ? Promise.resolve(true) : this.#wait(condition, true);
  }

  /** Lets time pass, and everything happen that is due meanwhile. */
  async advance(ms: number): Promise<void> {
    this.#untilMs = Math.max(this.#untilMs, this.time.nowMs + ms);
    await this.#wait(never, true);
  }

  /** Resolves when nothing is left to do at this time. */
  async settle(): Promise<void> {
    await this.#wait(never, false);
  }

  /** The last steps, oldest first. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Nothing happens any more; who waits is told. */
  end(): void {
    this.#ended = true;
    this.#tell(true);
  }

  async #run(): Promise<void> {
    let quiet = 0;
    while (!this.#ended && quiet < QUIET_TURNS) {
      const acted = this.#step();
      // oxlint-disable-next-line no-await-in-loop -- promises settle between two steps
      await turn();
      const told = this.#tell(false);
      // Who was told something goes on before time does.
      quiet = acted || told ? 0 : quiet + 1;
      if (quiet < QUIET_TURNS) continue;
      const impatient = [...this.#waiting].filter(({ patient }) => !patient);
      for (const one of impatient) this.#answer(one, false);
      if (impatient.length > 0 || this.#letTimePass()) quiet = 0;
    }
    this.#running = false;
    this.#tell(true);
  }

  #step(): boolean {
    this.beforeStep();
    let ways = 0;
    for (const performer of this.#performers) ways += performer.ways;
    if (ways === 0) return false;
    let way = this.random.next(ways);
    for (const [index, performer] of this.#performers.entries()) {
      if (way >= performer.ways) {
        way -= performer.ways;
        continue;
      }
      if (this.#flows) this.time.nowMs += this.random.next(STEP_MAX_US) / 1_000;
      this.steps += 1;
      this.#note(index, performer.act(way));
      break;
    }
    return true;
  }

  /** Nobody has anything to do: on to the next moment at which somebody has, if time may pass so far. */
  #letTimePass(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const performer of this.#performers) nextMs = Math.min(nextMs, performer.nextMs);
    const untilMs = this.#flows ? Number.POSITIVE_INFINITY : this.#untilMs;
    if (nextMs <= untilMs && nextMs < Number.POSITIVE_INFINITY) {
      this.time.nowMs = Math.max(this.time.nowMs, nextMs);
      return true;
    }
    if (!this.#flows) this.time.nowMs = Math.max(this.time.nowMs, this.#untilMs);
    return false;
  }

  #note(performer: number, what: string): void {
    this.hash = Math.imul(this.hash ^ performer, 0x01000193);
    for (let i = 0; i < what.length; i += 1)
      this.hash = Math.imul(this.hash ^ what.charCodeAt(i), 0x01000193);
    if (this.#trace.length >= TRACE_MAX_STEPS) this.#trace.shift();
    this.#trace.push(`${this.steps} at ${this.time.nowMs.toFixed(3)} ms: ${what}`);
  }

  #wait(condition: () => boolean, patient: boolean): Promise<boolean> {
    if (this.#ended) return Promise.resolve(condition());
    return new Promise((told) => {
      this.#waiting.add({ condition, patient, told });
      this.stir();
    });
  }

  /** Tells those whose condition holds; at rest all of them. True when somebody was told. */
  #tell(atRest: boolean): boolean {
    const before = this.#waiting.size;
    for (const one of this.#waiting) {
      const met = one.condition();
      if (met || atRest) this.#answer(one, met);
    }
    return this.#waiting.size < before;
  }

  #answer(one: Waiting, met: boolean): void {
    this.#waiting.delete(one);
    one.told(met);
  }
}

function never(): boolean {
  return false;
}

/** A turn of the real event loop: every promise that can settle does. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
