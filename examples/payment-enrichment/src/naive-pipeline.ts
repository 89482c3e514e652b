/**
 * The pipeline as it is often written first, as a process: every payment is taken when it comes, every call
 * is made at once, every failure is tried again after a moment, and what is read counts as done. Nothing in
 * it is wrong with one payment, and nothing in it has a bound.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventLogReader, type PaymentEvent } from './event-log.ts';
import { checkFraud, closeConnections } from './fraud-client.ts';
import { PROGRESS_MS, pipelineArgs, reportFinished, reportProgress } from './pipeline.ts';
import { type Result, Results } from './results.ts';

const ATTEMPTS_MAX = 5;
const RETRY_AFTER_MS = 100;
const READ_MS = 10;
const FLUSH_MS = 25;

const { scenario, logPath, databasePath, apiPort } = pipelineArgs();
const log = new EventLogReader(logPath);
const results = new Results(databasePath);
let accepted = log.committed;
let underWay = 0;
let retries = 0;
let unsaved: Result[] = [];

async function enrich(event: PaymentEvent): Promise<void> {
  const { offset, arrivedAtMs } = event;
  const acceptedAtMs = Date.now();
  for (let attempts = 1; attempts <= ATTEMPTS_MAX; attempts += 1) {
    if (attempts > 1) retries += 1;
    // oxlint-disable-next-line no-await-in-loop -- the next attempt depends on what became of this one
    const verdict = await checkFraud(apiPort, event);
    if (verdict.kind === 'scored') {
      unsaved.push({ offset, arrivedAtMs, acceptedAtMs, score: verdict.score, attempts });
      return;
    }
    // oxlint-disable-next-line no-await-in-loop -- the next attempt follows this one
    await sleep(RETRY_AFTER_MS);
  }
}

function read(): void {
  for (const event of log.read(accepted, scenario.events)) {
    accepted = event.offset + 1;
    underWay += 1;
    void enrich(event).finally(() => {
      underWay -= 1;
    });
  }
  log.commit(accepted);
}

function flush(): void {
  if (unsaved.length > 0) results.save(unsaved, Date.now());
  unsaved = [];
}

const timers = [setInterval(read, READ_MS), setInterval(flush, FLUSH_MS)];
for (;;) {
  const left = underWay + unsaved.length;
  reportProgress({ accepted, done: accepted - left, retries });
  if (accepted === scenario.events && left === 0) break;
  // oxlint-disable-next-line no-await-in-loop -- each look follows the one before
  await sleep(PROGRESS_MS);
}

for (const timer of timers) clearInterval(timer);
log.close();
results.close();
closeConnections();
reportFinished({ samplesDropped: 0, ledgerProblems: [] });
