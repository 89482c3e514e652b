/**
 * What a worker host does when the main thread asks it something. Owns no state; called by the worker's main
 * code, and by the test kit's virtual workers.
 */
import type { ControlReply, ControlRequest } from './control.ts';
import type { Host } from './host.ts';

/** The system has drained when workers are told to stop their actors; what is left is what just came. */
const LAST_DRAIN_MS = 1_000;

/** Carries a request out on the host's own thread. */
export async function answer(host: Host, request: ControlRequest): Promise<ControlReply> {
  const { id } = request;
  switch (request.what) {
    case 'status':
      return { id, status: host.status() };
    case 'port':
      host.joinTransfers(request.host, request.port);
      return { id };
    case 'stopActors':
      await host.system.stop({ drainMs: LAST_DRAIN_MS, actorsMs: request.deadlineMs });
      return { id };
    case 'begin':
      return { id };
    case 'hostLost':
      return { id, loss: host.hostLost(request.host) };
    case 'hostSettled':
      host.node.hostSettled(request.host, new Set(request.kept));
      return { id };
    case 'rehome':
      return { id, placed: host.system.keyedHost.rehome(request.change) };
    case 'adopt':
      host.system.keyedHost.adopt(request.placed);
      return { id };
    case 'resume':
      host.system.keyedHost.resume();
      return { id };
    case 'events':
      return { id, events: await host.events.next(request.names) };
    case 'inspect':
      return { id, view: host.inspect() };
    case 'ledger':
      return { id, ledger: host.ledger(), deadLetters: host.system.deadLetters };
  }
}
