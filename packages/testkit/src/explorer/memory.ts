/**
 * Memory of an explored model: every access by a thread is a point at which the explorer decides who goes on.
 * Owns the words and, while a thread runs, the record of what its accesses returned. Holds that a thread
 * which is run again from its beginning with the same record does the same up to the end of the record; so
 * the explorer needs no copy of a thread's stack or heap, and real code runs unchanged. Called by the
 * programs of a model and by the explorer.
 */
import type { SharedWords } from '@millrace/core/credit';

/** Thrown through a thread's code where its record ends. */
class Yielded extends Error {
  override readonly name = 'Yielded';
}

/** The one instance. */
const YIELDED = new Yielded('a thread stands before its next access');

/** What a thread is about to do. */
export type Access =
  | { readonly kind: 'load' | 'store' | 'exchange' | 'add'; readonly index: number }
  | {
      readonly kind: 'wait';
      /** The word that `ready` looks at; -1 for several. */
      readonly index: number;
      readonly ready: (words: Int32Array) => boolean;
    }
  | { readonly kind: 'choose'; readonly ways: number };

/** Where a thread stands: everything that decides what it does next. */
export interface ThreadPoint {
  /** What its accesses returned so far. */
  readonly record: readonly number[];
  /** What it is about to do; undefined when it has ended. */
  readonly next: Access | undefined;
  /** Its private state at its last checkpoint, and the record since then. */
  readonly fingerprint: string;
  /** The first part of that. */
  readonly checkpoint: string;
  /** How long the record was at the checkpoint. */
  readonly checkpointAt: number;
}

const BEGINNING: ThreadPoint = {
  record: [],
  next: undefined,
  fingerprint: '',
  checkpoint: '',
  checkpointAt: 0,
};

/** A thread's program: runs from its beginning to its end, and begins anew each time it is called. */
export type Program = (memory: ExploredMemory) => void;

/** Words that an explorer watches over. */
export class ExploredMemory implements SharedWords {
  /** For checks between steps, and for the explorer. A program must not touch it. */
  words: Int32Array;
  #record: number[] = [];
  #cursor = 0;
  /** Accesses that may still be made in earnest. */
  #budget = 0;
  #next: Access | undefined;
  #choice = 0;
  #checkpoint = '';
  #checkpointAt = 0;
  #unwatched = false;

  constructor(lengthWords: number) {
    this.words = new Int32Array(lengthWords);
  }

  /** See {@link SharedWords.load}. */
  load(index: number): number {
    if (this.#unwatched) return this.words[index] as number;
    if (this.#replays()) return this.#replay();
    this.#step({ kind: 'load', index });
    return this.#note(this.words[index] as number);
  }

  /** See {@link SharedWords.store}. */
  store(index: number, value: number): void {
    if (this.#replays()) {
      this.#replay();
      return;
    }
    this.#step({ kind: 'store', index });
    this.words[index] = value;
    this.#note(0);
  }

  /** See {@link SharedWords.compareExchange}. */
  compareExchange(index: number, expected: number, replacement: number): number {
    if (this.#replays()) return this.#replay();
    this.#step({ kind: 'exchange', index });
    const found = this.words[index] as number;
    if (found === expected) this.words[index] = replacement;
    return this.#note(found);
  }

  /** See {@link SharedWords.add}. */
  add(index: number, delta: number): number {
    if (this.#replays()) return this.#replay();
    this.#step({ kind: 'add', index });
    const found = this.words[index] as number;
    this.words[index] = found + delta;
    return this.#note(found);
  }

  /** Goes on only when `ready` holds, which looks at word `index`, or at any with -1. One step. */
  waitUntil(index: number, ready: (words: Int32Array) => boolean): void {
    if (this.#replays()) {
      this.#replay();
      return;
    }
    this.#step({ kind: 'wait', index, ready });
    this.#note(0);
  }

  /** A number from 0 to below `ways`; the explorer tries each. */
  choose(ways: number): number {
    if (this.#replays()) return this.#replay();
    this.#step({ kind: 'choose', ways });
    return this.#note(this.#choice);
  }

  /**
   * Says what a thread's private state is, completely, at a point between two actions. States that differ only
   * in how they were reached count as one then.
   */
  checkpoint(describe: () => string): void {
    // What an earlier run has described already is the same now.
    if (this.#cursor <= this.#checkpointAt && this.#checkpoint !== '') return;
    this.#checkpoint = describe();
    this.#checkpointAt = this.#cursor;
  }

  /** Writes a word that only checks read. It is no step: the thread's private state, made visible. */
  ghost(index: number, value: number): void {
    this.words[index] = value;
  }

  /** Runs a check that reads words without being a step; not while the thread does again what it did before. */
  unwatched(check: () => void): void {
    if (this.#replays()) return;
    this.#unwatched = true;
    try {
      check();
    } finally {
      this.#unwatched = false;
    }
  }

  /** Runs a thread up to its first access. */
  begin(program: Program): ThreadPoint {
    return this.#run(program, BEGINNING, 0, 0);
  }

  /** Makes a thread's next access in earnest, and runs it up to the one after. */
  advance(program: Program, point: ThreadPoint, choice: number): ThreadPoint {
    return this.#run(program, point, 1, choice);
  }

  #run(program: Program, from: ThreadPoint, budget: number, choice: number): ThreadPoint {
    this.#record = [...from.record];
    this.#cursor = 0;
    this.#budget = budget;
    this.#choice = choice;
    this.#next = undefined;
    this.#checkpoint = from.checkpoint;
    this.#checkpointAt = from.checkpointAt;
    try {
      program(this);
    } catch (error) {
      if (error !== YIELDED) throw error;
    }
    const next = this.#pending();
    const since = this.#record.slice(this.#checkpointAt).join(',');
    const fingerprint = next === undefined ? 'ended' : `${this.#checkpoint}|${since}|${next.kind}`;
    return {
      record: this.#record,
      next,
      fingerprint,
      checkpoint: this.#checkpoint,
      checkpointAt: this.#checkpointAt,
    };
  }

  #pending(): Access | undefined {
    return this.#next;
  }

  #replays(): boolean {
    return this.#cursor < this.#record.length;
  }

  #replay(): number {
    const value = this.#record[this.#cursor] as number;
    this.#cursor += 1;
    return value;
  }

  #step(access: Access): void {
    if (this.#budget === 0) {
      this.#next = access;
      throw YIELDED;
    }
    this.#budget -= 1;
  }

  #note(result: number): number {
    this.#record.push(result);
    this.#cursor += 1;
    return result;
  }
}
