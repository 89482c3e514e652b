/**
 * Both ends of S8 over a port that has no bound: one worker is the sender, the other works on each
 * message.
 */
import type { MessagePort } from 'node:worker_threads';
import {
  driveOverload,
  OverloadReceiver,
  type OverloadBoard,
  type OverloadPlan,
} from '../../load/overload.ts';
import { serveRequests, startData } from '../../load/thread.ts';

export interface OverloadData {
  readonly port: MessagePort;
  readonly board: OverloadBoard;
}

interface Mail {
  readonly sentMs: number;
  readonly value: number;
}

const { port, board } = startData<OverloadData>();
const receiver = new OverloadReceiver(board);

port.on('message', ({ sentMs, value }: Mail) => receiver.take(sentMs, value));

serveRequests<OverloadPlan>((plan) =>
  driveOverload(plan, board, (sentMs, value) => port.postMessage({ sentMs, value } satisfies Mail)),
);
