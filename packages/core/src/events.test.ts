import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Events } from './events.ts';

const STUCK = { host: 1, forMs: 5 };

test('a listener that is taken off twice is counted off once', () => {
  const events = new Events(() => undefined);
  const heard: unknown[] = [];
  const off = events.on('hostStuck', () => assert.unreachable('it was taken off'));
  events.on('hostStuck', (event) => heard.push(event));
  off();
  off();
  assert.ok(events.wants('hostStuck'));
  events.emit('hostStuck', STUCK);
  assert.equal(heard, [STUCK]);
});

test('nobody wants an event whose last listener is gone, or that others listen to', () => {
  const events = new Events(() => undefined);
  const off = events.on('hostStuck', () => undefined);
  assert.not(events.wants('hostBack'));
  off();
  assert.not(events.wants('hostStuck'));
});

test('a listener that throws or rejects is logged, and the others hear the event', async () => {
  const logged: unknown[] = [];
  const events = new Events((level, message, details) => logged.push([level, message, details?.['error']]));
  const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
  const heard: unknown[] = [];
  events.on('hostStuck', () => {
    throw thrown;
  });
  events.on('hostStuck', (): unknown => Promise.reject(rejected));
  events.on('hostStuck', (event) => heard.push(event));
  events.emit('hostStuck', STUCK);
  await Promise.resolve();
  assert.equal(heard, [STUCK]);
  assert.equal(
    logged,
    [thrown, rejected].map((error) => ['error', "a listener of 'hostStuck' threw", error]),
  );
});

test.run();
