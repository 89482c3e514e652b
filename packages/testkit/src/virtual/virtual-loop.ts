/**
 * The loop of a virtual host, cut where another thread could act in between: rows in, one turn, rows out. Owns
 * what comes next; holds the order that the real loop has, and its rule for sleep: say so, look once more, sleep.
 * Stepped by the stage; must not know who else acts.
 */
import { isAsleep, type Loop, type LoopWork, markAsleep, ringDoorbell } from 'millrace/virtual';

/** What a step of a loop was. */
export type LoopStep = 'receive' | 'turn' | 'send' | 'sleep';

/** A loop that is stepped by hand. */
export class VirtualLoop implements Loop {
  readonly #work: LoopWork;
  readonly #doorbells: Int32Array;
  readonly #doorbell: number;
  readonly #stirred: () => void;
  #pass: (() => void) | null = null;
  #next: Exclude<LoopStep, 'sleep'> = 'receive';
  #worked = false;
  #ended = false;

  /** @param stirred called when the host may have something to do that nobody else's step brought */
  constructor(work: LoopWork, doorbells: Int32Array, doorbell: number, stirred: () => void) {
    this.#work = work;
    this.#doorbells = doorbells;
    this.#doorbell = doorbell;
    this.#stirred = stirred;
    // A predecessor may have died in its sleep.
    ringDoorbell(doorbells, doorbell);
  }

  defer(run: () => void): void {
    this.#pass = run;
    this.stir();
  }

  stir(): void {
    if (this.#ended) return;
    ringDoorbell(this.#doorbells, this.#doorbell);
    this.#stirred();
  }

  end(): void {
    this.#ended = true;
  }

  /** True when a step would do something. */
  get awake(): boolean {
    return !this.#ended && !isAsleep(this.#doorbells, this.#doorbell);
  }

  /** What the next step is. Timers and control words wait until it is `receive`: till then the thread is in one task. */
  get next(): LoopStep {
    return this.#next;
  }

  /** Makes one step. */
  step(): LoopStep {
    const work = this.#work;
    switch (this.#next) {
      case 'receive':
        this.#worked = work.receive();
        this.#next = 'turn';
        return 'receive';
      case 'turn': {
        const pass = this.#pass;
        this.#pass = null;
        this.#next = 'send';
        if (pass !== null) {
          this.#worked = true;
          pass();
        }
        return 'turn';
      }
      case 'send':
        work.send();
        this.#next = 'receive';
        if (this.#worked) return 'send';
        work.beforeSleep();
        markAsleep(this.#doorbells, this.#doorbell);
        if (this.#pass !== null || work.pending()) ringDoorbell(this.#doorbells, this.#doorbell);
        return 'sleep';
    }
  }
}
