/**
 * Kills workers under traffic, plain and by key, and looks whether the account stays exact and memory flat.
 *
 *   node --expose-gc scripts/soak-kills.mjs [kills=1000] [workers=3] [keys=500]
 *
 * Every twentieth kill takes a second worker with it. Every 50 kills the traffic stops, and what every host counted
 * must add up to the message. Ends with 1 when it does not, or when memory grew by more than half from a quarter
 * of the kills to the end.
 */
import { ledgerProblems, startSystem } from 'millrace';
import { Counter, Feeder, Tally } from './soak-actors.mjs';

const [kills, workers, keyCount] = [1_000, 3, 500].map((fallback, i) =>
  Number(process.argv[2 + i] ?? fallback),
);
const CHECK_EVERY = 50;
const STREAMS = 16;
const FEED_TIMES = 50;
const PAUSE_MS = 5;
const MEMORY_GROWTH_MAX = 1.5;

const keys = Array.from({ length: keyCount }, (_, i) => `key-${i}`);
const pick = (list) => list[Math.floor(Math.random() * list.length)];

// A line for each death would be a thousand.
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) =>
  String(text).startsWith('millrace error: a worker ended') ? true : write(text, ...rest);

const system = await startSystem({
  actors: new URL('./soak-actors.mjs', import.meta.url),
  workers,
  restarts: { max: 1_000_000, withinMs: 1_000, backoffMinMs: 1, backoffMaxMs: 1 },
  supervision: { intensity: 1_000, intensityPer: 'child' },
});
const counters = await Promise.all(
  Array.from({ length: workers }, (_, i) => system.spawn(Counter, { placement: i + 1 })),
);
const feeders = await Promise.all(
  counters.map((args, i) => system.spawn(Feeder, { args, placement: ((i + 1) % workers) + 1 })),
);

let flowing = true;
let failed = 0;

/** One stream of traffic from the main thread. What a death takes down is counted and gone on from. */
async function stream(n) {
  const tallies = system.keyed(Tally);
  while (flowing) {
    try {
      if (n % 4 === 0) await pick(feeders).ask('feed', { times: FEED_TIMES, keys: [pick(keys), pick(keys)] });
      else if (n % 4 === 1) await pick(counters).ask('get');
      else if (n % 4 === 2) await tallies.ref(pick(keys)).ask('get');
      else for (let i = 0; i < 100; i += 1) await tallies.ref(pick(keys)).tell('add', 1);
    } catch {
      failed += 1;
    }
    // Workers that start again need the processor too.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

let streams = [];
const flow = () => {
  flowing = true;
  streams = Array.from({ length: STREAMS }, (_, n) => stream(n));
};

/** Resolves when that worker is there again. */
const back = (worker) =>
  new Promise((resolve) => {
    const off = system.on('hostBack', ({ host }) => {
      if (host !== worker) return;
      off();
      resolve();
    });
  });

async function settled() {
  flowing = false;
  await Promise.all(streams);
  for (;;) {
    const ledger = await system.ledger();
    if (ledger.queued + ledger.parked === 0) {
      const again = await system.ledger();
      if (again.accepted === ledger.accepted) return again;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const memory = [];
const startedMs = performance.now();
flow();
for (let done = 0; done < kills; ) {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
  const first = 1 + Math.floor(Math.random() * workers);
  const victims = done % 20 === 19 && workers > 1 ? [first, (first % workers) + 1] : [first];
  const returned = victims.map(back);
  for (const victim of victims) system.killWorker(victim);
  await Promise.all(returned);
  const before = done;
  done += victims.length;
  if (Math.floor(done / CHECK_EVERY) === Math.floor(before / CHECK_EVERY)) continue;
  const ledger = await settled();
  const problems = ledgerProblems(ledger);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  memory.push({ done, rss, heapUsed });
  console.log(
    `${done} kills, ${Math.round((performance.now() - startedMs) / 1_000)} s: offered ${ledger.offered}, accepted ${ledger.accepted}, handled ${ledger.handled}, lost with a host ${ledger.lostWithHost}, refused ${ledger.refused}, dead-lettered ${ledger.deadLettered}; rss ${(rss / 1e6).toFixed(0)} MB, main heap ${(heapUsed / 1e6).toFixed(1)} MB; calls failed ${failed}`,
  );
  if (problems.length > 0) {
    console.error(problems);
    process.exit(1);
  }
  flow();
}
await settled();
const { ledger, problems, phases } = await system.stop();
console.log(
  `stopped: offered ${ledger.offered}, accepted ${ledger.accepted}, problems ${problems.length}, ${phases.filter((phase) => !phase.completed).length} phases late`,
);
const quarter = memory[Math.floor(memory.length / 4)];
const last = memory.at(-1);
const grown = ['rss', 'heapUsed'].filter((what) => last[what] > quarter[what] * MEMORY_GROWTH_MAX);
if (grown.length > 0) console.error(`memory grew: ${grown.join(', ')}`);
process.exitCode = problems.length + grown.length > 0 ? 1 : 0;
