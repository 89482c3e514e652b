/**
 * Buffers for pieces on one thread, used again while they are still in the cache of its core: fresh memory for
 * each piece made reading and counting a third slower. Owns the spare ones; holds that there are at most
 * {@link SPARE_PIECES_MAX} of them. A reader takes a buffer, whoever counted the piece gives it back, on
 * whatever thread that is.
 */
import { PIECE_BYTES, SPARE_PIECES_MAX } from './limits.ts';

const spare: ArrayBuffer[] = [];

/** Room for one piece, with anything in it. */
export function takePieceBuffer(): Uint8Array {
  return new Uint8Array(spare.pop() ?? new ArrayBuffer(PIECE_BYTES));
}

/** The piece in this buffer was counted. */
export function givePieceBuffer(buffer: ArrayBuffer): void {
  if (spare.length < SPARE_PIECES_MAX) spare.push(buffer);
}
