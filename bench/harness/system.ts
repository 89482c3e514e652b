/**
 * A system: something that can run cells. One folder with a `system.ts` per system, found by its place
 * (`catalogue.ts`), so that adding one touches nothing else. Owns the shape of an adapter; must not
 * know which systems exist.
 */
import type { Cell, Params, Sample } from './cell.ts';

/** What a running system is to the harness. One pass at a time. */
export interface Subject<S extends Sample> {
  /** Sends at least `messages` messages, waits until all are handled, and reports. */
  run(messages: number): Promise<S>;
  /** Frees threads and processes. */
  stop(): Promise<void>;
}

/** What a subject is given apart from the parameters. */
export interface Tools {
  /** Steps of `busyWork` that take a microsecond, measured once for the whole run. */
  readonly stepsPerUs: number;
}

/** One cell that a system runs, or says why it cannot. */
export interface Coverage {
  readonly cell: Cell;
  /** Why this system has no answer at this point, or undefined when it has. */
  lacks(params: Params): string | undefined;
  start(params: Params, tools: Tools): Promise<Subject<Sample>>;
}

/** Floors are physical limits, peers are what a user would pick instead, controls must fail. */
export type SystemKind = 'floor' | 'millrace' | 'peer' | 'control';

/** One adapter. */
export interface System {
  /** `millrace`, `millrace:<ablation>`, `floor:<name>`, or the peer's own name. */
  readonly name: string;
  readonly kind: SystemKind;
  /** True for one of several that are alike: a quick run leaves it out unless it is asked for. */
  readonly onlyInFull?: boolean;
  /** The version under test, or why the system cannot run on this machine. */
  version(): Promise<{ readonly installed: string } | { readonly missing: string }>;
  readonly covers: readonly Coverage[];
}

/** Binds a cell to the code that runs it; `lacks` names points without an answer. */
export function runs<P extends Params, S extends Sample>(
  cell: Cell<P, S>,
  start: (params: P, tools: Tools) => Promise<Subject<S>>,
  lacks: (params: P) => string | undefined = () => undefined,
): Coverage {
  // The harness hands a coverage only parameters that its own cell made: the one erasure of types.
  return {
    cell: cell as unknown as Cell,
    lacks: lacks as (params: Params) => string | undefined,
    start: start as unknown as Coverage['start'],
  };
}

/** Says in the table why a system has no answer to a cell. */
export function lacks<P extends Params, S extends Sample>(cell: Cell<P, S>, why: string): Coverage {
  return {
    cell: cell as unknown as Cell,
    lacks: () => why,
    start: () => Promise.reject(new Error(`${cell.id} is not covered: ${why}`)),
  };
}
