/**
 * The phases of an actor's life as a table. Owns nothing but the table; holds that a phase changes only
 * along it. Within one incarnation life only moves forward; `halted` to `starting` begins the next.
 *
 * ```
 *              ┌────────────── resume ─────────────┐
 *              ▼                                   │
 *  starting ─► running ─► suspended ───────────────┘
 *     │          │            │
 *     │          ├─► halting ◄┤   (restart)
 *     ├──────────┼────► │ ────┤
 *     │          │      ▼     │
 *     │          │    halted ─┼──► starting (next incarnation)
 *     ▼          ▼      ▼     ▼
 *     └────────────► stopping ──► stopped
 * ```
 */
import { assert } from '../lib/assert.ts';

/** Where an actor is in its life. */
export type Phase =
  /** Its init, its hooks or its declared children are under way. */
  | 'starting'
  /** It handles messages. */
  | 'running'
  /** It failed and waits for its supervisor's verdict; its mailbox fills. */
  | 'suspended'
  /** It is being taken down to start again. */
  | 'halting'
  /** It has no state; it waits to be started again. */
  | 'halted'
  /** It is being taken down for good. */
  | 'stopping'
  /** It is gone. */
  | 'stopped';

/** Stands for the state of an actor that has none yet, or no more. */
export const NO_STATE: unique symbol = Symbol('no state');

const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  starting: ['running', 'suspended', 'halting', 'stopping'],
  running: ['suspended', 'halting', 'stopping'],
  suspended: ['running', 'halting', 'stopping'],
  halting: ['halted', 'stopping'],
  halted: ['starting', 'stopping'],
  stopping: ['stopped'],
  stopped: [],
};

/** Returns `to` when the table allows going there from `from`; a step off the table is a defect of Millrace. */
export function advance(from: Phase, to: Phase): Phase {
  assert(NEXT[from].includes(to), `an actor cannot go from ${from} to ${to}`);
  return to;
}
