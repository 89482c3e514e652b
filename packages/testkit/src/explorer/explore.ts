/**
 * Tries every order in which the threads of a small model can make their accesses to shared memory, and
 * every moment at which one of them can die. Owns the set of states seen; holds that a state is checked
 * once and that none which can be reached within the bound is left out. Called by tests and the mutant run.
 */
import { ExploredMemory, type Program, type ThreadPoint } from './memory.ts';

/** A small system to explore. */
export interface Model {
  /** Words of shared memory. */
  readonly lengthWords: number;
  /** Programs, by thread. */
  readonly threads: readonly Program[];
  /** Threads that may die, once each, between any two accesses; then `died` changes memory to say so. */
  readonly mortal: readonly number[];
  /** The death of a thread becomes visible. */
  died(words: Int32Array, thread: number): void;
  /** Threads that may ever read or write a word. */
  accessors(index: number): readonly number[];
  /** Threads that may ever write a word. */
  writers(index: number): readonly number[];
  /** Throws when something is wrong with a state in which nobody can go on: somebody waits for ever, say. */
  atRest(words: Int32Array, alive: (thread: number) => boolean): void;
}

/** What an exploration found. */
export interface Exploration {
  /** Different states. */
  readonly states: number;
  /** Steps from one state to another. */
  readonly transitions: number;
  /** States in which nobody could go on. */
  readonly rests: number;
  /**
   * Different orders of steps from the first state to a rest, of which those that differ only in the order of steps
   * that have nothing to do with each other count as one. 0 after a failure or a cut; infinite when states repeat.
   */
  readonly interleavings: number;
  /** What was wrong, if anything, and how it came about. */
  readonly failure: { readonly error: Error; readonly trace: readonly string[] } | undefined;
  /** True when the bound on states ended the exploration. */
  readonly cut: boolean;
}

interface State {
  readonly words: Int32Array;
  readonly points: readonly (ThreadPoint | undefined)[];
  /** Index of the state it was first reached from. */
  readonly parent: number;
  readonly label: string;
}

/** Explores a model, depth first. */
export function explore(model: Model, statesMax = 2_000_000): Exploration {
  const memory = new ExploredMemory(model.lengthWords);
  const seen = new Map<number, number>();
  /** By state: those that it leads to. */
  const successors: number[][] = [];
  const parents: number[] = [];
  const labels: string[] = [];
  const stack: { readonly state: State; readonly id: number }[] = [];
  let transitions = 0;
  let rests = 0;

  const enter = (state: State): void => {
    const key = hashOf(state);
    const known = seen.get(key);
    const id = known ?? parents.length;
    if (state.parent >= 0) successors[state.parent]?.push(id);
    if (known !== undefined) return;
    seen.set(key, id);
    parents.push(state.parent);
    successors.push([]);
    labels.push(state.label);
    stack.push({ state, id });
  };
  const traceOf = (id: number, last: string): string[] => {
    const trace = [last];
    for (let at = id; at > 0; at = parents[at] as number) trace.push(labels[at] as string);
    return trace.reverse();
  };
  const report = (failure: Exploration['failure'], cut = false): Exploration => ({
    states: seen.size,
    transitions,
    rests,
    interleavings: failure === undefined && !cut ? countPaths(successors) : 0,
    failure,
    cut,
  });

  enter({
    words: new Int32Array(model.lengthWords),
    points: model.threads.map((program) => memory.begin(program)),
    parent: -1,
    label: '',
  });
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (seen.size > statesMax) return report(undefined, true);
    const { state, id } = top;
    let moved = false;
    const movers = moversOf(model, state);
    for (const [thread, point] of state.points.entries()) {
      if (!movers.has(thread)) continue;
      const next = point?.next;
      const program = model.threads[thread];
      if (point === undefined || next === undefined || program === undefined) continue;
      if (!canMove(state, thread)) continue;
      const ways = next.kind === 'choose' ? next.ways : 1;
      for (let choice = 0; choice < ways; choice += 1) {
        moved = true;
        transitions += 1;
        const words = state.words.slice();
        memory.words = words;
        const label = `thread ${thread}: ${next.kind}${'index' in next ? ` ${next.index}` : ''}${ways > 1 ? ` way ${choice}` : ''}`;
        try {
          const after = memory.advance(program, point, choice);
          enter({ words, points: state.points.with(thread, after), parent: id, label });
        } catch (error) {
          return report({ error: asError(error), trace: traceOf(id, label) });
        }
      }
    }
    for (const thread of model.mortal) {
      if (!movers.has(thread)) continue;
      if (state.points[thread]?.next === undefined) continue;
      transitions += 1;
      const words = state.words.slice();
      model.died(words, thread);
      enter({
        words,
        points: state.points.with(thread, undefined),
        parent: id,
        label: `thread ${thread} dies`,
      });
    }
    if (moved) continue;
    rests += 1;
    try {
      model.atRest(state.words, (thread) => state.points[thread] !== undefined);
    } catch (error) {
      return report({ error: asError(error), trace: traceOf(id, 'rest') });
    }
  }
  return report(undefined);
}

/** Ways from the first state to one without successors; infinite when there is a circle. */
function countPaths(successors: readonly (readonly number[])[]): number {
  const UNKNOWN = -1;
  const OPEN = -2;
  const paths = new Float64Array(successors.length).fill(UNKNOWN);
  const stack = [0];
  while (stack.length > 0) {
    const id = stack.at(-1) as number;
    const next = successors[id] ?? [];
    if (paths[id] === UNKNOWN) {
      paths[id] = OPEN;
      for (const one of next) {
        if (paths[one] === OPEN) return Number.POSITIVE_INFINITY;
        if (paths[one] === UNKNOWN) stack.push(one);
      }
      continue;
    }
    stack.pop();
    if (paths[id] !== OPEN) continue;
    paths[id] = next.length === 0 ? 1 : next.reduce((sum, one) => sum + (paths[one] as number), 0);
  }
  return paths[0] ?? 0;
}

/**
 * Threads whose next steps are tried in a state. The others can be left for later when nothing that they may
 * ever do touches what these are about to do (a persistent set, after P. Godefroid, "Partial-Order Methods
 * for the Verification of Concurrent Systems", 1996). Every loop of a thread must come by a word of each
 * other thread that it works with, or a wait, so that nobody is left out for ever.
 */
function moversOf(model: Model, state: State): ReadonlySet<number> {
  let best: ReadonlySet<number> = new Set(state.points.keys());
  for (const [thread, point] of state.points.entries()) {
    if (point?.next === undefined) continue;
    const movers = closureOf(model, state, thread);
    if (movers === undefined || movers.size >= best.size) continue;
    if ([...movers].some((mover) => canMove(state, mover))) best = movers;
  }
  return best;
}

/** The thread, and with each thread all that may ever touch what it is about to touch. */
function closureOf(model: Model, state: State, thread: number): ReadonlySet<number> | undefined {
  const closure = new Set<number>([thread]);
  for (const mover of closure) {
    const next = state.points[mover]?.next;
    if (next === undefined || next.kind === 'choose') continue;
    if (next.index === -1) return undefined;
    const reads = next.kind === 'load' || next.kind === 'wait';
    for (const other of reads ? model.writers(next.index) : model.accessors(next.index)) {
      if (state.points[other]?.next !== undefined) closure.add(other);
    }
  }
  return closure;
}

function canMove(state: State, thread: number): boolean {
  const next = state.points[thread]?.next;
  return next !== undefined && (next.kind !== 'wait' || next.ready(state.words));
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** 53 bits of a state. Among a million states two share them with a probability of 10⁻⁴. */
function hashOf(state: State): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const word of state.words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word + 0x5bd1e995), 0x85ebca6b);
    b ^= b >>> 13;
  }
  for (const point of state.points) {
    const text = point === undefined ? 'dead' : point.fingerprint;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0xc2b2ae35);
      b ^= b >>> 15;
    }
    a = Math.imul(a ^ 0x1f, 0x01000193);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}
