/**
 * One call to the fraud API. Both pipelines use it, so that they differ in when they call and in nothing
 * else. An answer of any kind is a value, never an exception.
 */
import { Agent, request } from 'node:http';
import type { PaymentEvent } from './event-log.ts';

/** Connections at most, for each thread. Past it, Node's agent queues calls without a bound. */
const SOCKETS_MAX = 256;

/** Time for a call, waiting for a connection included. */
const CALL_TIMEOUT_MS = 2_000;

/** What became of a call. */
export type Verdict =
  | { readonly kind: 'scored'; readonly score: number }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  | { readonly kind: 'failed' };

const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });

/** Asks for the risk of a payment. */
export function checkFraud(port: number, event: PaymentEvent): Promise<Verdict> {
  return new Promise((resolve) => {
    const fail = (): void => resolve({ kind: 'failed' });
    const path = `/score?offset=${event.offset}&cents=${event.cents}`;
    const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const call = request({ host: '127.0.0.1', port, path, agent, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode, headers } = response;
        if (statusCode === 200) resolve({ kind: 'scored', score: Number(body) });
        else if (statusCode === 429)
          resolve({ kind: 'limited', retryAfterMs: Number(headers['retry-after']) * 1_000 });
        else resolve({ kind: 'failed' });
      });
    });
    call.on('error', fail);
    call.end();
  });
}

/** Closes idle connections, so that the process can end. */
export function closeConnections(): void {
  agent.destroy();
}
