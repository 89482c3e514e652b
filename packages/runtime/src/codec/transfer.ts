/**
 * `transfer(buffer)`: the mark on an ArrayBuffer that shall move to the receiver instead of being copied.
 * Owns the mark and the count of marks made and not yet taken, which tells a local send in one comparison
 * that it need not look for any. Called by application code (marking) and by the walk (taking).
 */
import { MillraceError } from '@millrace/core';

/** A marked buffer. */
export class TransferMark {
  /** What moves. */
  readonly buffer: ArrayBuffer;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }
}

let openMarks = 0;

/**
 * Marks a buffer inside a payload: the receiver gets the memory itself, and the sender's buffer is detached
 * (its length is 0) as soon as the send is accepted. The mark has the type of the buffer, so that a handler
 * sees an ArrayBuffer. A mark is good for one send.
 *
 * @throws ERR_PAYLOAD_NOT_DATA when it is no ArrayBuffer; shared memory and views cannot move
 */
export function transfer(buffer: ArrayBuffer): ArrayBuffer {
  if (!(buffer instanceof ArrayBuffer)) {
    throw new MillraceError('ERR_PAYLOAD_NOT_DATA', { path: 'transfer()', found: typeof buffer });
  }
  openMarks += 1;
  return new TransferMark(buffer) as unknown as ArrayBuffer;
}

/** True when a payload on this thread may hold a mark. Errs only towards true: a mark may be thrown away. */
export function marksMayBeOpen(): boolean {
  return openMarks > 0;
}

/** Notes that marks were taken out of a payload. */
export function marksTaken(count: number): void {
  openMarks -= count;
}

/** True for a buffer that moved already. Node 20 has no `buffer.detached`, and posting such a buffer passes. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length < 0;
  } catch {
    return true;
  }
}
