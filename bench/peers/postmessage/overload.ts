/**
 * S8 between two workers that share one message channel: nothing bounds it, so what is not handled
 * waits in memory.
 */
import { MessageChannel } from 'node:worker_threads';
import type { Subject, Tools } from '../../harness/system.ts';
import { MemorySampler } from '../../load/memory.ts';
import { overloadBoard, type OverloadTallies } from '../../load/overload.ts';
import { Thread } from '../../load/thread.ts';
import type { OverloadParams, OverloadSample } from '../../macro/s8-overload.ts';
import type { OverloadData } from './overload-worker.ts';

export async function startOverload(params: OverloadParams, tools: Tools): Promise<Subject<OverloadSample>> {
  const board = overloadBoard(params.serviceUs * tools.stepsPerUs);
  const { port1, port2 } = new MessageChannel();
  const file = new URL('./overload-worker.js', import.meta.url);
  const sender = await Thread.start(file, { port: port1, board } satisfies OverloadData, [port1]);
  const receiver = await Thread.start(file, { port: port2, board } satisfies OverloadData, [port2]);
  return {
    async run() {
      const memory = new MemorySampler();
      const tallies = await sender.request<OverloadTallies>(params);
      return { ...tallies, elapsedMs: params.overloadMs, memory: memory.stop() };
    },
    stop: async () => {
      await Promise.all([sender.stop(), receiver.stop()]);
    },
  };
}
