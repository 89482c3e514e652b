/**
 * What lies in the rings between two hosts that are both dead. Nobody is left to take it back, and a successor
 * must not find it: its slots and actors are those of the dead. Owns nothing; called by the main thread before
 * either host is started again.
 */
import { MillraceError } from '@millrace/core';
import { ROW } from '@millrace/core/remote';
import { LinkReader } from '../transport/link-reader.ts';
import { ringMemory, type SharedMemory } from './shared-memory.ts';

/** Empties the ring from one dead host to another. @returns user messages that were in it */
export function emptyDeadLink(
  memory: SharedMemory,
  from: number,
  to: number,
  messageMaxBytes: number,
): number {
  const nothing = (): never => {
    throw new MillraceError('ERR_HOST_LOST', { host: from });
  };
  const reader = new LinkReader({
    memory: ringMemory(memory, from, to),
    wakeWriter: () => undefined,
    messageMaxBytes,
    source: { ref: nothing, transferred: nothing },
  });
  let messages = 0;
  for (let batch = reader.take(); batch !== undefined; batch = reader.take()) {
    for (let i = 0; i < batch.count; i += 1) {
      const kind = batch.kind(i);
      if (kind === ROW.tell || kind === ROW.ask || kind === ROW.askChain) messages += 1;
    }
  }
  return messages;
}
