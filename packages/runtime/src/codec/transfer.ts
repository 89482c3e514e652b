/**
 * `transfer(buffer)`: the mark on an ArrayBuffer that shall move to the receiver instead of being copied.
 * Owns the mark and the count of marks made and not yet taken, which tells a local send in one comparison
 * that it need not look for any. Called by application code (marking), by the walk (taking, to another thread) and
 * by local sends (taking, on the same thread).
 */
import { MillraceError } from '@millrace/core';

/** Shared with the register of marks that are thrown away, which must not hold the mark. */
interface MarkState {
  open: boolean;
}

/** Marks made on this thread and not taken. One that is thrown away counts until its memory is collected. */
export const OPEN_MARKS: { count: number } = { count: 0 };

const thrownAway = new FinalizationRegistry<MarkState>((state) => close(state));

function close(state: MarkState): void {
  if (!state.open) return;
  state.open = false;
  OPEN_MARKS.count -= 1;
}

/** A marked buffer. */
export class TransferMark {
  /** What moves. */
  readonly buffer: ArrayBuffer;
  readonly #state: MarkState = { open: true };

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    OPEN_MARKS.count += 1;
    thrownAway.register(this, this.#state);
  }

  /** Notes that it was taken out of a payload. Harmless the second time. */
  taken(): void {
    close(this.#state);
  }
}

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
  return new TransferMark(buffer) as unknown as ArrayBuffer;
}

/** True when a payload on this thread may hold a mark. Errs only towards true: a mark may be thrown away. */
export function marksMayBeOpen(): boolean {
  return OPEN_MARKS.count > 0;
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
