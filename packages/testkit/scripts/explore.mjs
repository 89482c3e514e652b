// `node packages/testkit/scripts/explore.mjs`: tries every order of accesses of the small cases of the lease, and
// prints for each how many states, steps and interleavings that were; ∞ where a state can be reached from itself.
// Exits with 1 when a check fails. Some minutes of processor time. Needs a built workspace.
import { explore, leaseModel } from '../dist/protocol.js';

const SMALLEST = {
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
const CASES = [
  { messages: 1, crash: true, refund: true, revoke: true },
  { messages: 1, crash: true, refund: true, close: true },
  { messages: 2, crash: true, refund: true, revoke: true },
  { messages: 2, crash: true, refund: true, close: true },
  { messages: 2, capacity: 2, crash: true, revoke: true },
  { senders: 2, orderly: true },
  { senders: 2, orderly: true, capacity: 2 },
  { senders: 2, orderly: true, crash: true },
  { senders: 2, orderly: true, revoke: true },
];
const STATES_MAX = 4_000_000;

console.log('| case | states | steps | rests | interleavings | seconds |\n|---|---|---|---|---|---|');
for (const options of CASES) {
  const started = performance.now();
  const found = explore(leaseModel({ ...SMALLEST, ...options }), STATES_MAX);
  const seconds = ((performance.now() - started) / 1e3).toFixed(1);
  const title = Object.entries(options)
    .map(([key, value]) => (value === true ? key : `${key} ${String(value)}`))
    .join(', ');
  const interleavings = found.cut ? 'not all' : found.interleavings.toPrecision(3).replace('Infinity', '∞');
  console.log(
    `| ${title} | ${found.states} | ${found.transitions} | ${found.rests} | ${interleavings} | ${seconds} |`,
  );
  if (found.failure === undefined) continue;
  console.log(found.failure.trace.join('\n'));
  console.log(found.failure.error);
  process.exitCode = 1;
}
