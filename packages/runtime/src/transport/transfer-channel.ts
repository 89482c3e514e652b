/**
 * How buffers move between hosts: a MessagePort beside the ring, never listened to. The sender posts the
 * buffers before the frame that needs them is in the ring, so when the receiver meets the frame they are
 * there and are taken without waiting. Holds that the number in the frame finds its own buffers, also after
 * a message was lost in between. A port dies with its thread, and what was under way in it with it.
 */
import { MillraceError } from '@millrace/core';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { TransferSink } from '../codec/payload-walk.ts';

/** The sending end. */
export class TransferSender implements TransferSink {
  nextSequence = 1;
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Posts the buffers under the next number. Throws when one of them moved already. */
  send(buffers: ArrayBuffer[]): void {
    this.#port.postMessage([this.nextSequence, ...buffers], buffers);
    this.nextSequence += 1;
  }
}

/** The receiving end. */
export class TransferReceiver {
  readonly #port: MessagePort;
  #sequence = 0;
  #buffers: readonly unknown[] = [];

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /**
   * A buffer of side message `sequence`. Side messages before it are dropped: nobody asked for them.
   *
   * @throws ERR_FRAME_CORRUPT when it did not come
   */
  take(sequence: number, index: number): ArrayBuffer {
    while (this.#sequence < sequence) {
      const received = receiveMessageOnPort(this.#port) as { message: unknown } | undefined;
      const message = received?.message;
      if (!Array.isArray(message) || typeof message[0] !== 'number') break;
      [this.#sequence, ...this.#buffers] = message as [number, ...unknown[]];
    }
    const buffer = this.#sequence === sequence ? this.#buffers[index] : undefined;
    if (buffer instanceof ArrayBuffer) return buffer;
    throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'transferred buffer did not come', sequence });
  }
}
