/**
 * S3 and S5 in one thread, for any library of actors: actors that answer each other.
 */
import { LatencyRecorder, nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import { signal } from '../../load/signal.ts';
import {
  TIMED_TOGETHER_SAME_THREAD,
  type PingPongParams,
  type PingPongSample,
} from '../../macro/s3-ping-pong.ts';
import { bigLoad, type BigParams, type BigSample } from '../../macro/s5-big.ts';
import { type LibraryRef, type StartLibrary } from './library.ts';

export async function startPingPong(
  start: StartLibrary,
  params: PingPongParams,
): Promise<Subject<PingPongSample>> {
  const library = await start();
  const { actors } = params;
  return {
    async run(messages) {
      const hopsTimedTogether = actors * TIMED_TOGETHER_SAME_THREAD;
      const timings = Math.ceil(messages / hopsTimedTogether);
      const hops = timings * hopsTimedTogether;
      const latency = new LatencyRecorder();
      const { fired, fire } = signal();
      const players: LibraryRef[] = [];
      const counted = new Int32Array(actors);
      let last = 0;
      let timedMs = 0;
      for (let i = 0; i < actors; i += 1) {
        players.push(
          await library.spawn({ counted: 0 }, (state, token: number) => {
            state.counted += 1;
            counted[i] = state.counted;
            last = token + 1;
            if (last % hopsTimedTogether === 0) {
              const now = nowMs();
              latency.record((now - timedMs) / TIMED_TOGETHER_SAME_THREAD / (actors > 2 ? actors : 1));
              timedMs = now;
            }
            if (last < hops) library.tell(players[(i + 1) % actors], last);
            else fire();
            return state;
          }),
        );
      }
      const startMs = nowMs();
      timedMs = startMs;
      library.tell(players[0], 0);
      await fired;
      return {
        elapsedMs: nowMs() - startMs,
        offered: hops,
        token: last,
        counted: counted.reduce((sum, count) => sum + count, 0),
        latency: latency.summary(),
      };
    },
    stop: () => library.stop(),
  };
}

type BigMessage = { readonly kind: 'ping'; readonly from: number } | { readonly kind: 'pong' };

export async function startBig(start: StartLibrary, params: BigParams): Promise<Subject<BigSample>> {
  const library = await start();
  const { streams } = bigLoad(params);
  const { actors } = params;
  return {
    async run(messages) {
      const each = Math.ceil(messages / actors);
      const pings = new Int32Array(actors);
      const pongs = new Int32Array(actors);
      const { fired, fire } = signal();
      let left = actors;
      const all: LibraryRef[] = [];
      const ping = (me: number, i: number): void => {
        const stream = streams[me] as Int32Array;
        library.tell(all[stream[i & (stream.length - 1)] as number], { kind: 'ping', from: me });
      };
      for (let me = 0; me < actors; me += 1) {
        all.push(
          await library.spawn({ pings: 0, pongs: 0 }, (state, message: BigMessage) => {
            if (message.kind === 'ping') {
              state.pings += 1;
              pings[me] = state.pings;
              library.tell(all[message.from], { kind: 'pong' });
              return state;
            }
            state.pongs += 1;
            pongs[me] = state.pongs;
            if (state.pongs < each) ping(me, state.pongs);
            else left -= 1;
            if (left === 0) fire();
            return state;
          }),
        );
      }
      const startMs = nowMs();
      for (let me = 0; me < actors; me += 1) ping(me, 0);
      await fired;
      return { elapsedMs: nowMs() - startMs, offered: each * actors, pings, pongs };
    },
    stop: () => library.stop(),
  };
}
