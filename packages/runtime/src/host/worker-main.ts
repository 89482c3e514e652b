/**
 * The life of one worker host: load the actors, build the host, say ready, serve until told to stop. Owns
 * the host's side of the control words. Loaded by the worker entry.
 */
import { MillraceError } from '@millrace/core';
import type { ControlReply, ControlRequest, WorkerData } from './control.ts';
import { fingerprint, loadDefinitions } from './definitions.ts';
import { Host } from './host.ts';
import type { HostContext } from './host-context.ts';
import { consoleLog } from './node-ports.ts';

/** Runs a host until the pool asks it to stop. @throws ERR_DEFINITIONS */
export async function runHost(context: HostContext): Promise<void> {
  const data = context.data as WorkerData;
  const definitions = await loadDefinitions(data.modules);
  const here = fingerprint(definitions);
  if (here !== data.fingerprint) {
    const reason = "a worker's definitions differ from those of the main thread";
    throw new MillraceError('ERR_DEFINITIONS', { reason, here, main: data.fingerprint });
  }
  const host = new Host({
    self: context.host,
    memory: data.memory,
    definitions,
    messageMaxBytes: data.messageMaxBytes,
    spinMaxUs: data.spinMaxUs,
    system: data.system,
    log: consoleLog,
  });
  context.onMessage((message) => {
    const request = message as ControlRequest;
    void answer(host, request).then((reply) => context.post(reply));
  });
  const stopped = new Promise<void>((resolve) => {
    context.onStop(resolve);
  });
  context.ready();
  await stopped;
  host.close();
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
      await host.system.stop({ intakeMs: 0, drainMs: 0, actorsMs: request.deadlineMs });
      return { id };
    case 'ledger':
      return { id, ledger: host.ledger(), deadLetters: host.system.deadLetters };
  }
}
