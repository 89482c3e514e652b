/**
 * `npm start`: runs the pipeline the naive way and with Millrace, on the same payments against the same API,
 * prints both side by side and draws what happened. The runs are in `experiment.ts`.
 */
import { drawChart } from './chart.ts';
import { type Command, parseCommandLine, USAGE } from './command-line.ts';
import { type Outcome, run } from './experiment.ts';
import { callsPerSecond } from './scenario.ts';
import { summarise } from './summary.ts';
import { formatTable } from './table.ts';

async function main({ ways, scenario, crash, out, json }: Command): Promise<void> {
  const say = json ? console.error : console.log;
  const { events, scale } = scenario;
  say(
    `${events} payments in bursts, 100,000 a minute; the fraud API allows 20,000 a minute (time runs × ${scale})`,
  );
  const outcomes: Outcome[] = [];
  for (const way of ways) {
    say(`${way}: running, ${Math.ceil(events / callsPerSecond(scenario))} s at what the API allows …`);
    // oxlint-disable-next-line no-await-in-loop -- one at a time: they would share the cores
    outcomes.push(await run(way, scenario, crash));
  }
  const columns = outcomes.map((outcome) => [outcome.way, summarise(outcome)] as const);
  if (json) console.log(JSON.stringify({ scenario, crash, ...Object.fromEntries(columns) }, null, 2));
  else console.log(`\n${formatTable(columns)}\n`);
  for (const file of await drawChart(outcomes, out)) say(file);
  for (const { ledgerProblems } of outcomes) for (const problem of ledgerProblems) say(`ledger: ${problem}`);
}

try {
  await main(parseCommandLine(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
