/**
 * S12: the buffer on the first worker, producers and consumers on all of them in turn.
 */
import type { RunningSystem } from 'millrace';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import type { BoundedBufferParams, BoundedBufferSample } from '../../macro/s12-bounded-buffer.ts';
import { Buffer, Consumer, Maker } from './buffer-actors.ts';
import { startStage, subjectOf } from './subject.ts';

/** A look takes the time of a hundred messages or so. */
const LOOK_EVERY_MS = 20;

export async function startBoundedBuffer(
  params: BoundedBufferParams,
  tools: Tools,
): Promise<Subject<BoundedBufferSample>> {
  const { workers, producers, consumers } = params;
  const costSteps = Math.round(params.costUs * tools.stepsPerUs);
  const stage = await startStage(['buffer-actors'], { workers });
  const { system, collector, told } = stage;
  const workerOf = (i: number): number => 1 + (i % workers);
  const users = await Promise.all(
    Array.from({ length: consumers }, (_, i) =>
      system.spawn(Consumer, { placement: workerOf(i), args: { costSteps, collector } }),
    ),
  );
  const buffer = await system.spawn(Buffer, { placement: 1, args: users });
  const makers = await Promise.all(
    Array.from({ length: producers }, (_, i) =>
      system.spawn(Maker, { placement: workerOf(i), args: { costSteps, buffer } }),
    ),
  );
  return subjectOf(stage, async (messages) => {
    const each = Math.ceil(messages / producers);
    const offered = each * producers;
    await buffer.ask('rewind', undefined);
    const share = (i: number): number => Math.floor(offered / consumers) + (i < offered % consumers ? 1 : 0);
    await Promise.all(users.map((user, i) => user.ask('expect', share(i))));
    const done = told(users.filter((_, i) => share(i) > 0).length);
    const startMs = nowMs();
    for (const maker of makers) void maker.tell('make', each);
    const depth = watchDepth(system);
    await done;
    const elapsedMs = nowMs() - startMs;
    const depthPeak = await depth();
    const reports = await Promise.all(users.map((user) => user.ask('report', undefined)));
    return {
      elapsedMs,
      offered,
      used: reports.map(({ used }) => used),
      sum: reports.reduce((total, { sum }) => (total + sum) | 0, 0),
      depthPeak,
    };
  });
}

/** Looks at the buffer now and then; the result ends it and tells the most items it was seen with. */
function watchDepth(system: RunningSystem): () => Promise<number> {
  let peak = 0;
  const look = async (): Promise<void> => {
    for (const { actors } of await system.inspect()) {
      for (const { actor, queued, held } of actors)
        if (actor === 'buffer') peak = Math.max(peak, queued + held);
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await looking.then(look);
    return peak;
  };
}
