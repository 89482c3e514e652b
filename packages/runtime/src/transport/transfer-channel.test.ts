/** Tests of moved buffers: each number finds its own, whatever was lost in between. */
import { MessageChannel } from 'node:worker_threads';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TransferReceiver, TransferSender } from './transfer-channel.ts';

function channel(): { sender: TransferSender; receiver: TransferReceiver; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  return {
    sender: new TransferSender(port1),
    receiver: new TransferReceiver(port2),
    close: () => port1.close(),
  };
}

const bufferOf = (n: number): ArrayBuffer => new Uint8Array([n]).buffer;
const numberOf = (buffer: ArrayBuffer): number | undefined => new Uint8Array(buffer)[0];

test('a number finds its buffers, those before it are dropped, and there is no way back', () => {
  const { sender, receiver, close } = channel();
  for (const n of [1, 2, 3]) {
    assert.is(sender.nextSequence, n);
    sender.send([bufferOf(n), bufferOf(n * 10)]);
  }
  assert.is(numberOf(receiver.take(2, 1)), 20);
  assert.is(numberOf(receiver.take(2, 0)), 2);
  assert.throws(() => receiver.take(1, 0), /transferred buffer did not come, sequence=1/);
  assert.is(numberOf(receiver.take(3, 0)), 3);
  assert.throws(() => receiver.take(3, 2), /did not come/);
  assert.throws(() => receiver.take(4, 0), /did not come/);
  close();
});

test('a number that was lost with its port is refused, and later ones are found', () => {
  const { sender, receiver, close } = channel();
  sender.nextSequence = 5;
  sender.send([bufferOf(5)]);
  assert.throws(() => receiver.take(4, 0), /did not come, sequence=4/);
  assert.is(numberOf(receiver.take(5, 0)), 5);
  close();
});

test('what is no message of a sender is refused', () => {
  const { port1, port2 } = new MessageChannel();
  const receiver = new TransferReceiver(port2);
  for (const message of [null, 'text', [], ['1', bufferOf(1)]]) {
    port1.postMessage(message);
    assert.throws(() => receiver.take(1, 0), /did not come/);
  }
  port1.postMessage([1, 'no buffer']);
  assert.throws(() => receiver.take(1, 0), /did not come/);
  port1.close();
});

test.run();
