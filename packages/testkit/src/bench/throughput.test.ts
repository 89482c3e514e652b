/** A run whose messages do not add up has no figure. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import { BenchVoid } from './bench-void.ts';
import { throughput, type ThroughputOptions } from './throughput.ts';

/** A receiver on this thread, and a run that sends a hundred messages to it. */
function counter(deliver: (value: number, take: (value: number) => void) => unknown) {
  const state = { messages: 0, sum: 0 };
  const take = (value: number): void => {
    state.messages += 1;
    state.sum += value;
  };
  const options: ThroughputOptions = {
    messages: 100,
    send: (value) => deliver(value, take),
    tally: () => ({ ...state }),
    arriveWithinMs: 0,
  };
  return { state, options };
}

async function verdict(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, BenchVoid);
    return (error as Error).message;
  }
  return 'counts';
}

test('a run gives the time of one message and of the whole run, however often it is repeated', async () => {
  const { state, options } = counter((value, take) => take(value));
  const run = throughput(options);
  for (let i = 0; i < 3; i += 1) {
    const { overriddenDuration, overriddenIterationCost } = await run();
    assert.is(overriddenDuration, overriddenIterationCost / 100);
    assert.ok(overriddenIterationCost > 0);
  }
  assert.is(state.messages, 300);
});

const defects: [string, (value: number, take: (value: number) => void) => unknown, RegExp][] = [
  ['lost', (value, take) => value !== 50 && take(value), /messages=100, received=99/],
  [
    'handled twice',
    (value, take) => {
      take(value);
      if (value === 50) take(0);
    },
    /messages=100, received=101/,
  ],
  ['changed', (value, take) => take(value === 50 ? 51 : value), /expectedSum=4950, sum=4951/],
];
for (const [what, deliver, message] of defects) {
  test(`a message that is ${what} makes the run void, and the numbers say why`, async () => {
    const found = await verdict(throughput(counter(deliver).options));
    assert.match(found, /^VOID: the messages do not add up: /);
    assert.match(found, message);
  });
}

test('a send that is refused makes the run void and is its cause', async () => {
  const { options } = counter((value, take) =>
    value === 7 ? Promise.reject(new Error('mailbox is full')) : take(value),
  );
  assert.match(await verdict(throughput(options)), 'VOID: a send was refused (Error: mailbox is full)');
});

test('messages that arrive late are waited for, and what is unsettled stays within its bound', async () => {
  let unsettled = 0;
  let most = 0;
  const { state, options } = counter((value, take) => {
    unsettled += 1;
    most = Math.max(most, unsettled);
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        unsettled -= 1;
        resolve();
        setImmediate(() => take(value));
      });
    });
  });
  await throughput({ ...options, unsettledMax: 8, arriveWithinMs: 10_000 })();
  assert.is(state.messages, 100);
  assert.is(most, 8);
});

test('a sum beyond 32 bits still adds up', async () => {
  const { options } = counter((value, take) => take(value));
  const { overriddenIterationCost } = await throughput({ ...options, messages: 100_000 })();
  assert.ok(overriddenIterationCost > 0);
});

test('a wrong option is refused with its name, its value and what is allowed', () => {
  const { options } = counter(() => undefined);
  try {
    throughput({ ...options, messages: 0 });
    assert.unreachable();
  } catch (error) {
    assert.ok(isMillraceError(error, 'ERR_OPTION_INVALID'));
    assert.match(error.message, 'throughput.messages, value=0, allowed=a whole number from 1 to 10000000');
  }
});

test.run();
