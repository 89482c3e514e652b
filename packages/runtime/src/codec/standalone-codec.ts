/**
 * One payload to bytes and back, without a link: for what crosses threads outside the rings, and for a host
 * that wants to know on one thread what two would make of a payload. Owns one encoder and decoder for the
 * thread. Bytes carry their own shapes, so any thread can read them.
 */
import { Packr, RESET_BUFFER_MODE, Unpackr } from 'msgpackr';
import { MillraceError } from '@millrace/core';
import { MESSAGE_DEFAULT_MAX_BYTES } from '../limits.ts';
import { PayloadWalk, type RefCodec } from './payload-walk.ts';
import { readingWires } from './wire.ts';

const packr = new Packr({ moreTypes: true });
const unpackr = new Unpackr({ structures: [], moreTypes: true, copyBuffers: true, structuredClone: false });

/**
 * Packs a payload.
 *
 * @throws ERR_PAYLOAD_NOT_DATA naming the path inside the payload
 * @throws ERR_MESSAGE_TOO_LARGE
 */
export function packAlone(payload: unknown, refs?: RefCodec): Uint8Array<ArrayBuffer> {
  const prepared = new PayloadWalk(MESSAGE_DEFAULT_MAX_BYTES, refs).prepare(payload);
  // A copy: packed bytes last until the next pack, and a port would clone the whole buffer they lie in.
  return new Uint8Array(packr.pack([prepared], RESET_BUFFER_MODE));
}

/**
 * Unpacks what {@link packAlone} packed.
 *
 * @throws ERR_FRAME_CORRUPT when the bytes make no sense
 */
export function unpackAlone(bytes: Uint8Array, refs?: RefCodec): unknown {
  const source = {
    ref: refs === undefined ? noSource : (data: unknown) => refs.read(data),
    transferred: noSource,
  };
  const own = Buffer.from(bytes);
  try {
    return (readingWires(source, () => unpackr.unpack(own) as unknown) as [unknown])[0];
  } catch (cause) {
    throw new MillraceError(
      'ERR_FRAME_CORRUPT',
      { reason: 'payload cannot be unpacked', bytes: own.length },
      { cause },
    );
  }
}

function noSource(): never {
  throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'payload refers to what is not here' });
}
