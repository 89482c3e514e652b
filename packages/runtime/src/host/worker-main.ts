/**
 * The life of one worker host: load the actors, build the host, say ready, serve until told to stop. Owns
 * the host's side of the control words. Loaded by the worker entry.
 */
import { MillraceError } from '@millrace/core';
import type { ControlReply, ControlRequest, WorkerData } from './control.ts';
import { type Definitions, fingerprint, loadDefinitions } from './definitions.ts';
import { Host } from './host.ts';
import type { HostContext } from './host-context.ts';
import { consoleLog } from './node-ports.ts';

/** The system has drained when workers are told to stop their actors; what is left is what just came. */
const LAST_DRAIN_MS = 1_000;

/** Runs a host until the pool asks it to stop. @throws ERR_DEFINITIONS */
export async function runHost(context: HostContext): Promise<void> {
  const data = context.data as WorkerData;
  const definitions = await loadDefinitions(data.modules);
  const here = fingerprint(definitions);
  if (here !== data.fingerprint) {
    const reason = "a worker's definitions differ from those of the main thread";
    throw new MillraceError('ERR_DEFINITIONS', { reason, here, main: data.fingerprint });
  }
  const served = new Promise<Host | null>((resolve) => {
    let host: Host | null = null;
    context.onStop(() => resolve(host));
    context.onMessage((message) => {
      const request = message as ControlRequest;
      // Not before: until then the other hosts may still be taking back what was for the incarnation before.
      if (request.what === 'begin') host = begin(context, data, definitions);
      const reply = host === null ? Promise.resolve({ id: request.id }) : answer(host, request);
      void reply.then((told) => context.post(told));
    });
  });
  context.ready();
  (await served)?.close();
}

function begin(context: HostContext, data: WorkerData, definitions: Definitions): Host {
  return new Host({
    self: context.host,
    incarnation: context.incarnation,
    memory: data.memory,
    definitions,
    messageMaxBytes: data.messageMaxBytes,
    spinMaxUs: data.spinMaxUs,
    system: data.system,
    log: consoleLog,
  });
}

async function answer(host: Host, request: ControlRequest): Promise<ControlReply> {
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
    case 'inspect':
      return { id, view: host.inspect() };
    case 'ledger':
      return { id, ledger: host.ledger(), deadLetters: host.system.deadLetters };
  }
}
