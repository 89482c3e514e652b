// Runs one kind of check until it fails, and says how: what `check-mutants.mjs` does to each defect.
import { spawnSync } from 'node:child_process';

const [kind, count] = process.argv.slice(2);
const found = (how) => {
  console.log(`found: ${how}`);
  process.exit(1);
};

if (kind === 'units') {
  for (const file of ['credit', 'lender', 'replenisher', 'lease', 'wait-graph', 'replenish']) {
    const path = `node_modules/@millrace/core/dist-test/src/credit/${file}.test.js`;
    const { status, stdout } = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 60_000 });
    if (status !== 0) found(/FAIL\s+(".*")/.exec(stdout)?.[1] ?? `${file}.test.js`);
  }
} else {
  const { explore, leaseModel, planOf, runPlan } = await import('@millrace/testkit/protocol');
  if (kind === 'simulator') {
    for (let seed = 1; seed <= Number(count); seed += 1) {
      const { failure } = runPlan(planOf(seed));
      if (failure !== undefined) found(`seed ${seed}, ${failure.message}`);
    }
  } else {
    const base = {
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
    const models = [
      { ...base, crash: true, refund: true },
      { ...base, crash: true, close: true },
      { ...base, messages: 2, crash: true, refund: true, revoke: true },
      { ...base, messages: 2, crash: true, refund: true, close: true },
      { ...base, senders: 2, orderly: true },
      { ...base, capacity: 10, messages: 3, passes: true, close: true, orderly: true },
    ];
    for (const model of models) {
      const { failure, states } = explore(leaseModel(model));
      if (failure !== undefined) found(`state ${states}, ${failure.error.message}`);
    }
  }
}
