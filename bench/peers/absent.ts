/**
 * Why a kind of system has no answer to some cells. Owns the reasons that several peers share; each is a concept that
 * is not there.
 */
import type { Cell } from '../harness/cell.ts';
import { lacks, type Coverage } from '../harness/system.ts';
import { cell as pingPong } from '../macro/s3-ping-pong.ts';
import { cell as forkJoin } from '../macro/s4-fork-join.ts';
import { cell as big } from '../macro/s5-big.ts';
import { cell as zipfOpen } from '../macro/s7-zipf-open.ts';
import { cell as overload } from '../macro/s8-overload.ts';
import { cell as burst } from '../macro/s9-burst.ts';
import { cell as isolation } from '../macro/s11-isolation.ts';
import { cell as boundedBuffer } from '../macro/s12-bounded-buffer.ts';
import { cell as creditCycle } from '../macro/s14-credit-cycle.ts';
import { cell as faults } from '../macro/s15-faults.ts';
import { cell as footprint } from '../macro/s16-footprint.ts';

const NO_IDENTITY = 'a task pool runs functions: there is no actor to send to';
const NO_BOUND = 'nothing bounds what waits for a receiver, so no sender ever waits';
const NO_ACCOUNT = 'no account says what became of a message';
const NO_ACTORS = 'a thread is not an actor: there would have to be as many threads';
const NO_RING = 'one thread: there is no way to it that a stuck actor could block';

/** Systems whose mailboxes have no bound and that keep no account. */
const unbounded: readonly Coverage[] = [
  lacks(boundedBuffer, NO_BOUND),
  lacks(creditCycle, NO_BOUND),
  lacks(faults, NO_ACCOUNT),
];

/** What task pools have no answer to, beside S1 and S2. */
export const absentInPools: readonly Coverage[] = [
  ...allOf([pingPong, forkJoin, big, isolation, footprint], NO_IDENTITY),
  lacks(zipfOpen, 'all keys wait in one queue on the main thread: how late it gets in an open loop, S9 says'),
  ...unbounded,
];

/** What actors of one thread have no answer to. */
export const absentOnOneThread: readonly Coverage[] = [
  ...allOf([zipfOpen, burst], 'one thread: the open loop and the actors would take turns on it'),
  lacks(isolation, NO_RING),
  ...unbounded,
];

/** What raw threads have no answer to. */
export const absentInThreads: readonly Coverage[] = [
  ...allOf([forkJoin, big, footprint], NO_ACTORS),
  lacks(isolation, NO_ACTORS),
  ...unbounded,
];

/** What the batches of raw threads have no answer to besides. */
export const absentInBatches: readonly Coverage[] = [
  lacks(pingPong, 'one message under way makes no batch'),
  ...allOf([overload, burst], 'the same as without batches: the receiver is what is slow'),
  ...absentInThreads,
];

/** What the BEAM has no answer to. */
export const absentOnBeam: readonly Coverage[] = [
  lacks(isolation, 'processes share no ring that one of them could block'),
  ...unbounded,
];

function allOf(cells: readonly unknown[], why: string): Coverage[] {
  return cells.map((cell) => lacks(cell as Cell, why));
}
