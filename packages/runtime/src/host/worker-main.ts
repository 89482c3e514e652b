/**
 * The life of one worker host: load the actors, build the host, say ready, serve until told to stop. Owns
 * the host's side of the control words. Loaded by the worker entry.
 */
import { MillraceError } from '@millrace/core';
import { answer } from './answer.ts';
import type { ControlRequest, WorkerData } from './control.ts';
import { type Definitions, fingerprint, loadDefinitions } from './definitions.ts';
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
