/** Links on one thread whose two ends a test holds, and what it takes from them. */
import { isMillraceError } from '@millrace/core';
import type { LinkMemory } from '../../src/ring/link-memory.ts';
import { LinkReader, type LinkReaderOptions } from '../../src/transport/link-reader.ts';
import { LinkWriter, type LinkWriterOptions } from '../../src/transport/link-writer.ts';

/** The largest message of these links. */
export const MAX_BYTES = 1_000_000;
/** For payloads without refs and moved buffers. */
export const NO_SOURCE = {
  ref: (): never => {
    throw new Error('no refs here');
  },
  transferred: (): never => {
    throw new Error('no transfers here');
  },
};

/** The writing end of a link. */
export function writerOn(memory: LinkMemory, more: Partial<LinkWriterOptions> = {}): LinkWriter {
  return new LinkWriter({ memory, wake: () => {}, messageMaxBytes: MAX_BYTES, ...more });
}

/** The reading end of a link. */
export function readerOn(memory: LinkMemory, more: Partial<LinkReaderOptions> = {}): LinkReader {
  return new LinkReader({
    memory,
    wakeWriter: () => {},
    messageMaxBytes: MAX_BYTES,
    source: NO_SOURCE,
    ...more,
  });
}

/** Everything that can be taken now. */
export function drain(reader: LinkReader): unknown[] {
  const payloads: unknown[] = [];
  for (let batch = reader.take(); batch !== undefined; batch = reader.take())
    payloads.push(...batch.payloads.slice(0, batch.count));
  return payloads;
}

/** The code and the message of the error that a call throws. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isMillraceError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing was thrown';
}
