/**
 * S2 and S3 between two workers that share one message channel.
 */
import { MessageChannel } from 'node:worker_threads';
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import { Thread } from '../../load/thread.ts';
import type { FanInParams, FanInSample } from '../../macro/s2-fan-in.ts';
import type { PingPongParams, PingPongSample } from '../../macro/s3-ping-pong.ts';
import type { FanInData, FanInReport, FanInRequest } from './fan-in-worker.ts';
import type { Packing } from './mail.ts';
import type { PingPongReport, PingPongRequest } from './ping-pong-worker.ts';

export async function startFanIn(packing: Packing, _params: FanInParams): Promise<Subject<FanInSample>> {
  const { port1, port2 } = new MessageChannel();
  const file = new URL('./fan-in-worker.js', import.meta.url);
  const sender = await Thread.start(file, { port: port1, packing } satisfies FanInData, [port1]);
  const receiver = await Thread.start(file, { port: port2, packing } satisfies FanInData, [port2]);
  return {
    async run(messages) {
      const [sent, arrived] = await Promise.all([
        sender.request<FanInReport>({ role: 'send', messages } satisfies FanInRequest),
        receiver.request<FanInReport>({ role: 'receive', messages } satisfies FanInRequest),
      ]);
      return {
        elapsedMs: arrived.atMs - sent.atMs,
        offered: messages,
        received: [arrived.received],
        receivedAtHalf: undefined,
        sum: arrived.sum,
      };
    },
    stop: async () => {
      await Promise.all([sender.stop(), receiver.stop()]);
    },
  };
}

export async function startPingPong(_params: PingPongParams): Promise<Subject<PingPongSample>> {
  const { port1, port2 } = new MessageChannel();
  const file = new URL('./ping-pong-worker.js', import.meta.url);
  const server = await Thread.start(file, port1, [port1]);
  const returner = await Thread.start(file, port2, [port2]);
  return {
    async run(messages) {
      const roundTrips = Math.ceil(messages / 2);
      const startMs = nowMs();
      const { token, latency } = await server.request<PingPongReport>({
        ask: 'serve',
        roundTrips,
      } satisfies PingPongRequest);
      const elapsedMs = nowMs() - startMs;
      const count: PingPongRequest = { ask: 'count' };
      const counted = (await server.request<number>(count)) + (await returner.request<number>(count));
      return { elapsedMs, offered: roundTrips * 2, token, counted, latency };
    },
    stop: async () => {
      await Promise.all([server.stop(), returner.stop()]);
    },
  };
}
