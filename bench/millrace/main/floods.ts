/**
 * S1, S2 and S4: senders and receivers on one worker or on several. Owns where they are placed; the pass
 * itself is told to the actors and reported by them.
 */
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import type { LocalTellParams } from '../../macro/s1-local-tell.ts';
import { messagesPerSender, type FanInParams, type FanInSample } from '../../macro/s2-fan-in.ts';
import type { ForkJoinParams, ForkJoinSample } from '../../macro/s4-fork-join.ts';
import type { TallySample } from '../../macro/tally.ts';
import { Nursery, Receiver, RoomyReceiver, Sender, type Received } from './flood-actors.ts';
import { startStage, subjectOf, type Stage } from './subject.ts';

interface FloodSetting {
  readonly senders: number;
  readonly receivers: number;
  readonly placement: 'same' | 'other';
  readonly workers: number;
  /** Messages say who sent them. */
  readonly signed: boolean;
  /** Receivers have the largest mailbox there is. */
  readonly roomy?: boolean;
}

interface FloodResult {
  readonly elapsedMs: number;
  readonly received: Received[];
}

export async function startLocalTell({ idle }: LocalTellParams): Promise<Subject<TallySample>> {
  const flood = await startFlood({ senders: 1, receivers: 1, placement: 'same', workers: 1, signed: false });
  const { stage } = flood;
  if (idle > 0) {
    const nursery = await stage.system.spawn(Nursery, { placement: 1, args: stage.collector });
    await nursery.ask('fill', idle, { timeoutMs: 60_000 });
  }
  return subjectOf(stage, async (messages) => {
    const { elapsedMs, received } = await flood.pass(messages);
    const [{ bySender, sum }] = received as [Received];
    return { elapsedMs, offered: messages, received: bySender[0] as number, sum };
  });
}

export async function startFanIn(params: FanInParams, roomy = false): Promise<Subject<FanInSample>> {
  const { senders, placement, workers } = params;
  const flood = await startFlood({ senders, receivers: 1, placement, workers, signed: true, roomy });
  return subjectOf(flood.stage, async (messages) => {
    const each = messagesPerSender(params, messages);
    const { elapsedMs, received } = await flood.pass(each);
    const [{ bySender, atHalf, sum }] = received as [Received];
    return { elapsedMs, offered: each * senders, received: bySender, receivedAtHalf: atHalf, sum };
  });
}

export async function startForkJoin(params: ForkJoinParams): Promise<Subject<ForkJoinSample>> {
  const { actors, placement, workers } = params;
  const flood = await startFlood({ senders: 1, receivers: actors, placement, workers, signed: false });
  return subjectOf(flood.stage, async (messages) => {
    const each = Math.ceil(messages / actors);
    const { elapsedMs, received } = await flood.pass(each);
    return {
      elapsedMs,
      offered: each * actors,
      received: received.map(({ bySender }) => bySender[0] as number),
      sums: received.map(({ sum }) => sum),
    };
  });
}

/** Starts the actors; a pass sends `each` messages from every sender to every receiver. */
async function startFlood(
  setting: FloodSetting,
): Promise<{ stage: Stage; pass(each: number): Promise<FloodResult> }> {
  const { senders, receivers, placement, workers, signed, roomy = false } = setting;
  const stage = await startStage(['flood-actors'], { workers });
  const { system, collector, told } = stage;
  // The few are on the first worker, the many on the others in turn.
  const other = (i: number): number => (placement === 'same' ? 1 : 2 + (i % (workers - 1)));
  const targets = await Promise.all(
    Array.from({ length: receivers }, (_, i) =>
      system.spawn(roomy ? RoomyReceiver : Receiver, {
        placement: receivers > 1 ? other(i) : 1,
        args: collector,
      }),
    ),
  );
  const sources = await Promise.all(
    Array.from({ length: senders }, (_, i) =>
      system.spawn(Sender, {
        placement: receivers > 1 ? 1 : other(i),
        args: { targets, signs: signed ? i : -1 },
      }),
    ),
  );
  return {
    stage,
    async pass(each) {
      await Promise.all(targets.map((target) => target.ask('expect', { senders, messages: each * senders })));
      await Promise.all(sources.map((source) => source.ask('prepare', each)));
      const done = told(receivers);
      const startMs = nowMs();
      for (const source of sources) void source.tell('go', undefined);
      await done;
      const elapsedMs = nowMs() - startMs;
      return {
        elapsedMs,
        received: await Promise.all(targets.map((target) => target.ask('report', undefined))),
      };
    },
  };
}
