/**
 * Millrace itself, with its defaults. Lists the cells that it can answer so far; each is in a file of its own,
 * loaded only by the process that runs it.
 */
import { runs, type System } from '../../harness/system.ts';
import { cell as localTell } from '../../macro/s1-local-tell.ts';
import { cell as fanIn } from '../../macro/s2-fan-in.ts';
import { cell as pingPong } from '../../macro/s3-ping-pong.ts';
import { cell as forkJoin } from '../../macro/s4-fork-join.ts';
import { cell as big } from '../../macro/s5-big.ts';
import { cell as zipfCount } from '../../macro/s6-zipf-count.ts';
import { cell as zipfOpen } from '../../macro/s7-zipf-open.ts';
import { cell as overload } from '../../macro/s8-overload.ts';
import { cell as burst } from '../../macro/s9-burst.ts';
import { cell as isolation } from '../../macro/s11-isolation.ts';
import { cell as boundedBuffer } from '../../macro/s12-bounded-buffer.ts';
import { cell as creditCycle } from '../../macro/s14-credit-cycle.ts';
import { cell as faults } from '../../macro/s15-faults.ts';
import { cell as footprint } from '../../macro/s16-footprint.ts';
import { version } from '../version.ts';

export const systems: readonly System[] = [
  {
    name: 'millrace',
    kind: 'millrace',
    version,
    covers: [
      runs(localTell, async (params) => (await import('./floods.ts')).startLocalTell(params)),
      runs(fanIn, async (params) => (await import('./floods.ts')).startFanIn(params), oneWorker),
      runs(pingPong, async (params) => (await import('./round-trips.ts')).startPingPong(params)),
      runs(forkJoin, async (params) => (await import('./floods.ts')).startForkJoin(params), oneWorker),
      runs(big, async (params) => (await import('./round-trips.ts')).startBig(params)),
      runs(zipfCount, async (params, tools) =>
        (await import('./zipf-count.ts')).startZipfCount(params, tools),
      ),
      runs(zipfOpen, async (params, tools) => (await import('./zipf-count.ts')).startZipfOpen(params, tools)),
      runs(overload, async (params, tools) =>
        (await import('./overload.ts')).startOverload('park', params, tools),
      ),
      runs(burst, async (params, tools) => (await import('./burst.ts')).startBurst(params, tools)),
      runs(isolation, async (params) => (await import('./isolation.ts')).startIsolation(params)),
      runs(boundedBuffer, async (params, tools) =>
        (await import('./bounded-buffer.ts')).startBoundedBuffer(params, tools),
      ),
      runs(creditCycle, async (params) => (await import('./credit-cycle.ts')).startCreditCycle(params)),
      runs(faults, async (params) => (await import('./faults.ts')).startFaults(params)),
      runs(footprint, async (params) => (await import('./footprint.ts')).startFootprint(params)),
    ],
  },
  {
    // Not an ablation: the same system, asked not to wait, as at an edge that answers 429.
    name: 'millrace:try-tell',
    kind: 'millrace',
    version,
    covers: [
      runs(overload, async (params, tools) =>
        (await import('./overload.ts')).startOverload('try', params, tools),
      ),
    ],
  },
  {
    // The largest mailbox there is instead of 1,024: what waiting for credit costs, or saves.
    name: 'millrace:no-credit',
    kind: 'millrace',
    onlyInFull: true,
    version,
    covers: [
      runs(
        fanIn,
        async (params) => (await import('./floods.ts')).startFanIn(params, true),
        (params) => oneWorker(params) ?? fewSenders(params),
      ),
      runs(
        zipfCount,
        async (params, tools) => (await import('./zipf-count.ts')).startZipfCount(params, tools, 'roomy'),
        ({ workUs }) => (workUs > 0 ? 'an ablation, run without work' : undefined),
      ),
    ],
  },
  {
    // Keys that the runtime places, next to those that a hash of their number places.
    name: 'millrace:keyed',
    kind: 'millrace',
    onlyInFull: true,
    version,
    covers: [
      runs(
        zipfCount,
        async (params, tools) => (await import('./zipf-count.ts')).startZipfCount(params, tools, 'named'),
        ({ workUs }) => (workUs > 1 ? 'an ablation, run without work and with 1 µs' : undefined),
      ),
    ],
  },
];

function fewSenders({ senders }: { senders: number }): string | undefined {
  return senders === 1 || senders === 1_000 ? undefined : 'an ablation, run with 1 and 1,000 senders';
}

function oneWorker({
  placement,
  workers,
}: {
  placement: 'same' | 'other';
  workers: number;
}): string | undefined {
  return placement === 'other' && workers < 2 ? 'one worker has no other' : undefined;
}
