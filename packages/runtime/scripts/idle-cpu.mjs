/**
 * Starts a system, lets it work for a moment, and says what it costs while nobody asks anything of it.
 *
 *   node scripts/idle-cpu.mjs [workers=2] [seconds=10] [keys=1000]
 *
 * Ends with 1 when it takes more than a hundredth of one core, or when something of it is left after the stop. The process
 * must end by itself: nothing here ends it.
 */
import { startSystem } from 'millrace';
import { Counter, Feeder } from './soak-actors.mjs';

const [workers, seconds, keyCount] = [2, 10, 1_000].map((fallback, i) =>
  Number(process.argv[2 + i] ?? fallback),
);
const CPU_MAX_SHARE = 0.01;

const openAtStart = process.getActiveResourcesInfo().length;
const system = await startSystem({ actors: new URL('./soak-actors.mjs', import.meta.url), workers });
const keys = Array.from({ length: keyCount }, (_, i) => `key-${i}`);
const counters = await Promise.all(
  Array.from({ length: workers }, (_, i) => system.spawn(Counter, { placement: i + 1 })),
);
const feeders = await Promise.all(
  counters.map((args, i) => system.spawn(Feeder, { args, placement: ((i + 1) % workers) + 1 })),
);
await Promise.all(feeders.map((feeder) => feeder.ask('feed', { times: 1_000, keys }, { timeoutMs: 60_000 })));
// Until all instances by key are let go, every thread has compiled what it will, and its engine has made its heap
// smaller, which V8 does some eight seconds after the last work: that is the price of the work, not of being idle.
const SETTLE_MS = 12_000;
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

await system.inspect();
const before = process.cpuUsage();
const startedMs = performance.now();
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const { user, system: kernel } = process.cpuUsage(before);
const share = (user + kernel) / 1_000 / (performance.now() - startedMs);
const busy = (await system.inspect()).map(
  ({ host, busyShare }) => `thread ${host} ${(busyShare * 100).toFixed(2)} %`,
);
console.log(
  `idle for ${seconds} s with ${workers} workers on Node ${process.version}: ${(share * 100).toFixed(2)} % of one core (user ${(user / 1_000).toFixed(1)} ms, kernel ${(kernel / 1_000).toFixed(1)} ms); busy: ${busy.join(', ')}`,
);

const { problems } = await system.stop();
const left = process.getActiveResourcesInfo().length - openAtStart;
console.log(`stopped: ${problems.length} problems, ${left} resources left`);
process.exitCode = share > CPU_MAX_SHARE || problems.length + left > 0 ? 1 : 0;
