/**
 * Measures an actor: messages a second for one and for a hundred of which some are hot, then latency at a fixed pace.
 * Takes a second or two; docs/benchmarking.md explains it. Exits with 1 when a figure is void.
 */
import { latency, skewedKeys, throughput } from '@millrace/testkit/bench';
import { type ActorRef, startSystem } from 'millrace';
import { Bench } from 'tinybench';
import { Counter } from './actors.js';

const KEYS = 100;
const RATE_PER_SECOND = 2_000;

const system = await startSystem({ actors: new URL('./actors.js', import.meta.url) });
const counters = await Promise.all(Array.from({ length: KEYS }, () => system.spawn(Counter)));
const first = counters[0] as ActorRef<typeof Counter>;

// Which key message i goes to, drawn before the clock starts: the hottest of the hundred gets a fifth of them.
const keys = skewedKeys({ keys: KEYS, theta: 0.99 });
const counterFor = (i: number): ActorRef<typeof Counter> =>
  counters[keys[i & (keys.length - 1)] as number] as ActorRef<typeof Counter>;

const bench = new Bench({ time: 200, warmupTime: 200, iterations: 3, warmupIterations: 3 });
bench.add(
  'one actor',
  throughput({
    messages: 5_000,
    send: (value) => first.tell('add', value),
    tally: () => first.ask('tally'),
  }),
);
bench.add(
  'a hundred actors, skewed',
  throughput({
    messages: 5_000,
    send: (value) => counterFor(value).tell('add', value),
    tally: async () => {
      const tallies = await Promise.all(counters.map((counter) => counter.ask('tally')));
      return {
        messages: tallies.reduce((total, { messages }) => total + messages, 0),
        sum: tallies.reduce((total, { sum }) => total + sum, 0),
      };
    },
  }),
);
await bench.run();
console.table(bench.table());

// An open loop has its own pace, so it runs a fixed number of times: once to warm up, once for the record.
const paced = new Bench({ time: 0, warmupTime: 0, iterations: 1, warmupIterations: 1 });
const ask = latency({
  ratePerSecond: RATE_PER_SECOND,
  durationMs: 200,
  request: (number) => counterFor(number).ask('add', number),
});
paced.add(`ask, ${RATE_PER_SECOND} a second`, ask);
await paced.run();
const { samples, p50Us, p99Us, p999Us } = ask.summary();
console.log(`${samples} asks, in µs: p50 ${p50Us}, p99 ${p99Us}, p99.9 ${p999Us}`);

for (const { name, result } of [...bench.tasks, ...paced.tasks]) {
  if (result.state !== 'errored') continue;
  console.error(`${name}: ${result.error.message}`);
  process.exitCode = 1;
}
await system.stop();
