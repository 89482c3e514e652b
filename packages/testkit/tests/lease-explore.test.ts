// test-deadline-s: 900 because a million states take half a minute of processor time, and machines are shared
/** The lease protocol on small cases, in every order of accesses. The state counts are what they are: a change explains itself. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explore, leaseModel, type LeaseModelOptions } from '@millrace/testkit/protocol';

const SMALLEST: LeaseModelOptions = {
  senders: 1,
  capacity: 1,
  messages: 1,
  crash: false,
  revoke: false,
  refund: false,
  orderly: false,
  close: false,
  passes: false,
};

function exploreAll(options: Partial<LeaseModelOptions>): void {
  const found = explore(leaseModel({ ...SMALLEST, ...options }));
  const trace = found.failure?.trace.join('\n') ?? '';
  assert.is(found.failure, undefined, `${found.failure?.error.message ?? ''}\n${trace}`);
  assert.not.ok(found.cut, 'the whole model was explored');
  console.log(
    `${JSON.stringify(options)}: ${found.states} states, ${found.transitions} steps, ${found.rests} rests, ` +
      `${found.interleavings.toPrecision(3)} interleavings`,
  );
}

test('one sender, two messages, a death, refunds, and credit taken back at any moment', () => {
  exploreAll({ messages: 2, crash: true, refund: true, revoke: true });
});

test('one sender, two messages, a death, refunds, and a slot that closes at any moment', () => {
  exploreAll({ messages: 2, crash: true, refund: true, close: true });
});

test('two senders that compete for one slot', () => {
  exploreAll({ senders: 2, orderly: true });
});

/** Windows of five credits: the first message takes one, the second draws two. */
const DRAWS_AHEAD = { capacity: 10, messages: 3, passes: true };

test('credit drawn ahead, and credit taken back at any moment', () => {
  exploreAll({ ...DRAWS_AHEAD, revoke: true, orderly: true });
});

test('credit drawn ahead, a death, and a slot that closes at any moment', () => {
  exploreAll({ ...DRAWS_AHEAD, crash: true, close: true, orderly: true });
});

test.run();
