/**
 * S3 on one thread: a token passed round actors.
 */
import { defineActor, type ActorRef } from '@millrace/core';
import type { Subject } from '../../harness/system.ts';
import { nowMs } from '../../load/clock.ts';
import { LatencyRecorder } from '../../load/latency.ts';
import { signal } from '../../load/signal.ts';
import {
  TIMED_TOGETHER_SAME_THREAD,
  type PingPongParams,
  type PingPongSample,
} from '../../macro/s3-ping-pong.ts';
import { onSystem } from './floods.ts';

interface PlayerState {
  counted: number;
  readonly onToken: (token: number) => void;
}

const Player = defineActor({
  name: 'player',
  init: (state: PlayerState) => state,
  handlers: {
    token(state, token: number) {
      state.counted += 1;
      state.onToken(token);
    },
  },
});

export function startPingPong({ actors }: PingPongParams): Promise<Subject<PingPongSample>> {
  return onSystem(async (system, messages) => {
    const hopsTimedTogether = actors * TIMED_TOGETHER_SAME_THREAD;
    const hops = Math.ceil(messages / hopsTimedTogether) * hopsTimedTogether;
    const latency = new LatencyRecorder();
    const { fired, fire } = signal();
    const players: ActorRef<typeof Player>[] = [];
    let last = 0;
    let timedMs = 0;
    const states = Array.from(
      { length: actors },
      (_, i): PlayerState => ({
        counted: 0,
        onToken: (token) => {
          last = token + 1;
          if (last % hopsTimedTogether === 0) {
            const now = nowMs();
            latency.record((now - timedMs) / TIMED_TOGETHER_SAME_THREAD / (actors > 2 ? actors : 1));
            timedMs = now;
          }
          if (last < hops) void players[(i + 1) % actors]?.tell('token', last);
          else fire();
        },
      }),
    );
    players.push(...(await Promise.all(states.map((args) => system.spawn(Player, { args })))));
    const startMs = nowMs();
    timedMs = startMs;
    void players[0]?.tell('token', 0);
    await fired;
    const elapsedMs = nowMs() - startMs;
    await Promise.all(players.map((player) => system.stopActor(player)));
    return {
      elapsedMs,
      offered: hops,
      token: last,
      counted: states.reduce((sum, state) => sum + state.counted, 0),
      latency: latency.summary(),
    };
  });
}
