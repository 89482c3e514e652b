/** Tests of the spin: it pays or it goes, and it finds its way back. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SPIN_TRIAL_GAP_MAX_SLEEPS } from '../limits.ts';
import { SpinBudget } from './spin-budget.ts';

const MAX_US = 50;

/** Lets a host rest; work comes `workUs` after the rest began. Returns what it spun. */
function rest(spin: SpinBudget, workUs: number, wakeUs = 60): number {
  const { us } = spin;
  if (workUs <= us) spin.caught(workUs);
  else spin.slept(workUs + wakeUs);
  return Math.min(us, workUs);
}

test('a spin that finds work is followed by one of twice the time it took', () => {
  const spin = new SpinBudget(MAX_US);
  rest(spin, 1);
  assert.is(spin.us, 2);
  rest(spin, 2);
  assert.is(spin.us, 4);
  for (let n = 0; n < 30; n += 1) rest(spin, 1);
  assert.ok(spin.us < 3, 'it shrinks with what it needs');
});

test('one trial after a short sleep is enough when work comes soon', () => {
  const spin = new SpinBudget(MAX_US);
  let caught = 0;
  for (let n = 0; n < 100; n += 1) if (rest(spin, 15) === 15) caught += 1;
  assert.is(caught, 99);
});

test('a spin never gets longer than it may, but for a trial', () => {
  const spin = new SpinBudget(MAX_US);
  for (let n = 0; n < 1_000; n += 1) {
    rest(spin, n % 300);
    assert.ok(spin.us <= MAX_US * 4);
  }
  spin.caught(40);
  assert.ok(spin.us <= MAX_US);
});

test('two hosts that wake each other find out that they need not sleep', () => {
  const hosts = [new SpinBudget(MAX_US), new SpinBudget(MAX_US)] as const;
  const awake = [false, false];
  let sleeps = 0;
  for (let turn = 0; turn < 200; turn += 1) {
    const me = turn % 2;
    // The other answers at once if it is awake, and after it was woken if not.
    const answerUs = awake[1 - me] === true ? 1 : 100;
    const host = hosts[me] as SpinBudget;
    awake[me] = answerUs <= host.us;
    if (turn >= 20 && awake[me] !== true) sleeps += 1;
    rest(host, answerUs, 100);
  }
  assert.is(sleeps, 0);
});

test('spins that never pay cost next to nothing', () => {
  for (const workUs of [300, 900]) {
    const spin = new SpinBudget(MAX_US);
    let spunUs = 0;
    const rests = 10_000;
    for (let n = 0; n < rests; n += 1) spunUs += rest(spin, workUs);
    assert.ok(
      spunUs / rests < 2 + (MAX_US * 4 * 2) / SPIN_TRIAL_GAP_MAX_SLEEPS,
      `${spunUs / rests} µs for each sleep`,
    );
  }
});

test('long sleeps bring no trials', () => {
  const spin = new SpinBudget(MAX_US);
  for (let n = 0; n < 100; n += 1) assert.is(rest(spin, 10_000), 2);
});

test('a host that may not spin never does', () => {
  const spin = new SpinBudget(0);
  for (let n = 0; n < 100; n += 1) assert.is(rest(spin, 5), 0);
});

test.run();
