/**
 * The pipeline with Millrace, as a process: starts the actors, says where they stand, stops them in order.
 * Everything that matters is in `actors.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startSystem } from 'millrace';
import { Enricher, Source, Store, Telemetry } from './actors.ts';
import { closeConnections } from './fraud-client.ts';
import { PROGRESS_MS, pipelineArgs, reportFinished, reportProgress } from './pipeline.ts';
import { callsPerSecond } from './scenario.ts';

const WORKERS = 2;

/** What waits has a bound, so the heap can be given one. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };

const { scenario, logPath, databasePath, apiPort, crash } = pipelineArgs();
const system = await startSystem({
  actors: new URL('./actors.js', import.meta.url),
  workers: WORKERS,
  resourceLimits: HEAP,
});

const always = { restart: 'permanent' } as const;
const telemetry = await system.spawn(Telemetry, { ...always, args: { apiPort }, placement: 1 });
const store = await system.spawn(Store, { ...always, args: { databasePath }, placement: 1 });
const share = callsPerSecond(scenario) / WORKERS;
const enrichers = await Promise.all(
  Array.from({ length: WORKERS }, (_, i) => {
    const args = { apiPort, callsPerSecond: share, store, telemetry };
    return system.spawn(Enricher, { ...always, args, placement: i + 1 });
  }),
);
const source = await system.spawn(Source, { ...always, args: { logPath, enrichers }, placement: 'main' });

let killed = crash ? 0 : WORKERS;
for (;;) {
  // oxlint-disable-next-line no-await-in-loop -- each look follows the one before
  const progress = await source.ask('progress');
  reportProgress(progress);
  if (progress.done === scenario.events) break;
  // One worker after the other, the one with the store last, at even distances.
  if (killed < WORKERS && progress.accepted >= (scenario.events * (killed + 1)) / (WORKERS + 1)) {
    system.killWorker(WORKERS - killed, 'for --crash');
    killed += 1;
  }
  // oxlint-disable-next-line no-await-in-loop -- each look follows the one before
  await sleep(PROGRESS_MS);
}

const { ledger, problems } = await system.stop();
closeConnections();
reportFinished({
  samplesDropped: ledger.dropped['drop-oldest'] ?? 0,
  ledgerProblems: problems,
});
