/**
 * Touches many distinct keys, says what a key costs, lets all of them go, and makes a sample again from what was saved.
 *
 *   node scripts/million-keys.mjs [keys=1000000] [workers=2] [idleMs=30000] [sample=1000]
 *
 * Ends with 1 when a message is missing, an instance stays, a key that was made again has lost its state, or workers keep
 * more than a tenth of what the instances took.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [keyCount, workers, idleMs, sampleCount] = [1_000_000, 2, 30_000, 1_000].map((fallback, i) =>
  Number(process.argv[2 + i] ?? fallback),
);
/** Sends under way at a time, within what application code may have parked. */
const UNDER_WAY = 512;
/** Memory that workers may keep once all instances are gone, of what these took. */
const KEPT_MAX_SHARE = 0.1;

const folder = mkdtempSync(join(tmpdir(), 'millrace-keys-'));
process.env.MILLRACE_KEYS_FOLDER = folder;
process.env.MILLRACE_KEYS_IDLE_MS = String(idleMs);
const { startSystem } = await import('millrace');
const { Entry, SAVED, Scale } = await import('./million-actors.mjs');

const keyOf = (i) => (i < sampleCount ? `${SAVED}${i}` : `key-${i}`);
const system = await startSystem({ actors: new URL('./million-actors.mjs', import.meta.url), workers });
const entries = system.keyed(Entry);
const scales = await Promise.all(
  Array.from({ length: workers + 1 }, (_, i) => system.spawn(Scale, { placement: i === 0 ? 'main' : i })),
);
const patient = { timeoutMs: 600_000 };
const ofAll = (handler) => Promise.all(scales.map((scale) => scale.ask(handler, undefined, patient)));
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** One tell for each key, some at a time. */
async function touch(count) {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await entries.ref(keyOf(next - 1)).tell('add', 1);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, lane));
}

async function weigh(what) {
  const heaps = await ofAll('weigh');
  const [live, { rss }] = [sum(await ofAll('live')), process.memoryUsage()];
  const inMb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(
    `${what}: ${live} instances; rss ${inMb(rss)}, heap of the main thread ${inMb(heaps[0])}, of the workers ${inMb(sum(heaps.slice(1)))}`,
  );
  return { rss, main: heaps[0], workers: sum(heaps.slice(1)) };
}

const before = await weigh('before');
let startedMs = performance.now();
await touch(keyCount);
// An ask behind the last tell of each key is not needed: what was told is handled before anything is let go.
const seconds = (performance.now() - startedMs) / 1_000;
console.log(
  `${keyCount} keys in ${seconds.toFixed(1)} s: ${Math.round(keyCount / seconds)} keys/s on ${workers} workers, Node ${process.version}`,
);
const full = await weigh('full');
const each = (what) => Math.round((full[what] - before[what]) / keyCount);
console.log(
  `bytes for each key: heap of the main thread ${each('main')}, of the workers ${each('workers')}; rss ${each('rss')}`,
);

startedMs = performance.now();
while (sum(await ofAll('live')) > 0) await new Promise((resolve) => setTimeout(resolve, 500));
console.log(`all were let go ${((performance.now() - startedMs) / 1_000).toFixed(1)} s later`);
const after = await weigh('after');
const kept = (after.workers - before.workers) / (full.workers - before.workers);
if (kept > KEPT_MAX_SHARE) console.error(`workers keep ${(kept * 100).toFixed(0)} % of it`);

let wrong = 0;
startedMs = performance.now();
await touch(sampleCount);
for (let i = 0; i < sampleCount; i += 1) if ((await entries.ref(keyOf(i)).ask('get')) !== 2) wrong += 1;
console.log(
  `${sampleCount} made again in ${((performance.now() - startedMs) / 1_000).toFixed(1)} s, ${wrong} without their state`,
);

const { ledger, problems, phases } = await system.stop();
rmSync(folder, { recursive: true });
const late = phases.filter((phase) => !phase.completed).length;
console.log(
  `offered ${ledger.offered}, accepted ${ledger.accepted}, handled ${ledger.handled}, problems ${problems.length}, ${late} phases late`,
);
const missing = ledger.offered - ledger.handled;
process.exitCode = wrong + missing + problems.length > 0 || kept > KEPT_MAX_SHARE ? 1 : 0;
