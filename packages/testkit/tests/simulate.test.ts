/** Simulation of a user's own actors: faults by chance, laws all the time, and a failure that can be repeated. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor, isMillraceError } from '@millrace/core';
import { ALL_FAULTS, type Scenario, simulate, SimulationFailure, simulateSeeds } from '@millrace/testkit';
import { Account, Audit, Teller } from './support/bank.ts';

const ACCOUNTS = 3;
const TRANSFERS = 12;

/** Money moves between accounts at random, and none is made or lost. */
const BANK: Scenario = {
  actors: [Account, Audit, Teller],
  workers: 3,
  faults: ['stall', 'late-grant', 'clock-jump'],
  faultEverySteps: 40,
  run: async (system, random) => {
    const audit = await system.spawn(Audit);
    const accounts = await Promise.all(
      Array.from({ length: ACCOUNTS }, () => system.spawn(Account, { args: 100 })),
    );
    const tellers = await Promise.all([1, 2].map(() => system.spawn(Teller, { args: audit })));
    await Promise.all(
      Array.from({ length: TRANSFERS }, () =>
        random.pick(tellers).ask(
          'transfer',
          {
            from: random.pick(accounts),
            to: random.pick(accounts),
            amount: 1 + random.next(5),
          },
          { timeoutMs: 600_000 },
        ),
      ),
    );
    const balances = await Promise.all(
      accounts.map((account) => account.ask('balance', undefined, { timeoutMs: 600_000 })),
    );
    assert.is(
      balances.reduce((sum, balance) => sum + balance, 0),
      100 * ACCOUNTS,
    );
    await system.until(() => true);
    assert.is(await audit.ask('count', undefined, { timeoutMs: 600_000 }), TRANSFERS);
  },
};

test('threads that stall, grant late and lose time do not make or lose money', async () => {
  const reports = await simulateSeeds(BANK, { seeds: 40 });
  for (const fault of ['stall', 'late-grant', 'clock-jump'] as const) {
    assert.ok(
      reports.some(({ struck }) => struck[fault] > 0),
      fault,
    );
  }
});

test('whatever dies or fails, every ask settles and every account balances', async () => {
  const reports = await simulateSeeds(
    {
      ...BANK,
      faults: ALL_FAULTS,
      run: async (system, random) => {
        const audit = await system.spawn(Audit);
        const accounts = await Promise.all(
          Array.from({ length: ACCOUNTS }, () => system.spawn(Account, { args: 100 })),
        );
        const tellers = await Promise.all([1, 2].map(() => system.spawn(Teller, { args: audit })));
        const outcomes = await Promise.allSettled(
          Array.from({ length: TRANSFERS }, () =>
            random.pick(tellers).ask('transfer', {
              from: random.pick(accounts),
              to: random.pick(accounts),
              amount: 1,
            }),
          ),
        );
        for (const outcome of outcomes) {
          if (outcome.status === 'fulfilled') continue;
          const known =
            isMillraceError(outcome.reason) || String(outcome.reason).startsWith('InjectedFailure');
          assert.ok(known, String(outcome.reason));
        }
      },
    },
    { seeds: 100 },
  );
  for (const fault of ALL_FAULTS)
    assert.ok(
      reports.some(({ struck }) => struck[fault] > 0),
      fault,
    );
});

test('the same seed gives the same run, and different seeds differ', async () => {
  const hashes = new Set<number>();
  for (const seed of [1, 2, 3, 4, 5]) {
    const { hash, steps } = await simulate(seed, BANK);
    const again = await simulate(seed, BANK);
    assert.is(again.hash, hash);
    assert.is(again.steps, steps);
    hashes.add(hash);
  }
  assert.is(hashes.size, 5);
});

/** Reads, then writes what it read and one more: two of these lose an update when they overlap. */
const Counter = defineActor({
  name: 'counter',
  init: () => ({ count: 0 }),
  handlers: {
    read: (state) => state.count,
    write(state, count: number) {
      state.count = count;
    },
  },
});
const Hasty = defineActor({
  name: 'hasty',
  init: (counter: ActorRef<typeof Counter>) => ({ counter }),
  handlers: {
    async add({ counter }) {
      const count = await counter.ask('read');
      await counter.ask('write', count + 1);
    },
  },
});
const RACE: Scenario = {
  actors: [Counter, Hasty],
  run: async (system) => {
    const counter = await system.spawn(Counter);
    const both = await Promise.all([1, 2].map(() => system.spawn(Hasty, { args: counter })));
    // Apart in time, most of the time.
    await Promise.all(both.map((hasty) => hasty.ask('add')));
    assert.is(await counter.ask('read'), 2);
  },
};

async function failureOf(run: Promise<unknown>): Promise<SimulationFailure> {
  try {
    await run;
  } catch (error) {
    if (error instanceof SimulationFailure) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

test('a lost update is found, and its seed repeats it', async () => {
  const failure = await failureOf(simulateSeeds(RACE, { seeds: 50 }));
  assert.match(failure.message, /^seed \d+ failed after \d+ steps: Assertion/);
  assert.match(failure.message, `replay: MILLRACE_SEED=${failure.seed} node `);
  const again = await failureOf(simulate(failure.seed, RACE));
  assert.is(again.message, failure.message);
  assert.equal(again.trace, failure.trace);
});

test('the seed in the environment is the only one that runs', async () => {
  process.env['MILLRACE_SEED'] = '17';
  try {
    const reports = await simulateSeeds(BANK, { seeds: 5 });
    assert.equal(
      reports.map(({ seed }) => seed),
      [17],
    );
  } finally {
    delete process.env['MILLRACE_SEED'];
  }
});

test('a scenario that waits for ever fails, and says so', async () => {
  const run = async (): Promise<void> => new Promise(() => undefined);
  const failure = await failureOf(simulate(1, { actors: [Account], run }));
  assert.match(failure.message, 'the end of the scenario does not come about');
});

test('actors that never come to rest end the run after a bounded number of steps', async () => {
  const Spinner = defineActor({
    name: 'spinner',
    init: () => null,
    handlers: {
      spin: (_state, _payload: undefined, ctx) => {
        void ctx.self.tell('spin');
      },
    },
  });
  const run: Scenario['run'] = async (system) => {
    await (await system.spawn(Spinner)).tell('spin');
    await new Promise(() => undefined);
  };
  const failure = await failureOf(simulate(1, { actors: [Spinner], stepsMax: 5_000, run }));
  assert.match(failure.message, 'it goes round for ever: 5000 steps');
});

test.run();
