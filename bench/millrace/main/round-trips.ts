/**
 * S3 and S5: actors that answer each other, neighbours on the same worker or on different ones.
 */
import type { ActorRef } from 'millrace';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import {
  TIMED_TOGETHER_SAME_THREAD,
  type PingPongParams,
  type PingPongSample,
} from '../../macro/s3-ping-pong.ts';
import type { BigParams, BigSample } from '../../macro/s5-big.ts';
import { startStage, subjectOf } from './subject.ts';
import { Pinger, Player } from './trip-actors.ts';

export async function startPingPong(params: PingPongParams): Promise<Subject<PingPongSample>> {
  const { actors, placement, workers, waiting } = params;
  const stage = await startStage(['trip-actors'], { workers, ...(waiting === 'sleep' ? { spinUs: 0 } : {}) });
  const { system, collector, told } = stage;
  const players = await Promise.all(
    Array.from({ length: actors }, (_, i) =>
      system.spawn(Player, { placement: placement === 'same' ? 1 : 1 + (i % workers), args: collector }),
    ),
  );
  await Promise.all(
    players.map((player, i) => player.ask('meet', players[(i + 1) % actors] as ActorRef<typeof Player>)),
  );
  // On one thread a round trip is hardly longer than reading the clock; between threads each is timed.
  const together = placement === 'same' ? TIMED_TOGETHER_SAME_THREAD : 1;
  const hopsTimed = actors * together;
  return subjectOf(stage, async (messages) => {
    const hops = Math.ceil(messages / hopsTimed) * hopsTimed;
    const lap = { hops, hopsTimed, per: together * (actors > 2 ? actors : 1) };
    await Promise.all(players.map((player) => player.ask('prepare', lap)));
    const done = told(1);
    const startMs = nowMs();
    void players[0]?.tell('token', 0);
    await done;
    const elapsedMs = nowMs() - startMs;
    const played = await Promise.all(players.map((player) => player.ask('report', undefined)));
    return {
      elapsedMs,
      offered: hops,
      token: Math.max(...played.map(({ last }) => last)),
      counted: played.reduce((sum, { counted }) => sum + counted, 0),
      latency: played.reduce(
        (most, { latency }) => (latency.samples > most.samples ? latency : most),
        NO_LATENCY,
      ),
    };
  });
}

const NO_LATENCY = { samples: 0, p50Us: 0, p99Us: 0, p999Us: 0 };

export async function startBig(params: BigParams): Promise<Subject<BigSample>> {
  const { actors, workers } = params;
  const stage = await startStage(['trip-actors'], { workers });
  const { system, collector, told } = stage;
  const pingers = await Promise.all(
    Array.from({ length: actors }, (_, me) =>
      system.spawn(Pinger, { placement: 1 + (me % workers), args: { me, params, collector } }),
    ),
  );
  await Promise.all(pingers.map((pinger) => pinger.ask('meet', pingers)));
  return subjectOf(stage, async (messages) => {
    const each = Math.ceil(messages / actors);
    await Promise.all(pingers.map((pinger) => pinger.ask('prepare', each)));
    const done = told(actors);
    const startMs = nowMs();
    for (const pinger of pingers) void pinger.tell('go', undefined);
    await done;
    const elapsedMs = nowMs() - startMs;
    const reports = await Promise.all(pingers.map((pinger) => pinger.ask('report', undefined)));
    return {
      elapsedMs,
      offered: each * actors,
      pings: reports.map(({ pings }) => pings),
      pongs: reports.map(({ pongs }) => pongs),
    };
  });
}
