/**
 * `npm run bench:micro [-- NAME …]`: runs every file of this folder in a process of its own, one after the
 * other, and prints nanoseconds for one operation. Names choose files. Micro benchmarks explain a macro
 * figure; none is published by itself.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';
import { alignColumns } from '../harness/table.ts';
import type { Primitive } from './primitive.ts';

const FOLDER = fileURLToPath(new URL('./', import.meta.url));
const SUFFIX = '.bench.js';
const TIME_MS = 300;
const WARM_UP_MS = 100;
const NANOSECONDS_PER_MS = 1e6;

const [flag, ...rest] = process.argv.slice(2);
if (flag === '--file') await measure(rest[0] as string);
else {
  const chosen = flag === undefined ? [] : [flag, ...rest];
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX));
  const known = files.map((file) => file.slice(0, -SUFFIX.length));
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no such micro benchmark: name=${unknown.join(' ')}, allowed=${known.join(' ')}`);
    process.exit(2);
  }
  for (const name of chosen.length > 0 ? chosen : known) {
    execFileSync(process.execPath, [`${FOLDER}main.js`, '--file', `${name}${SUFFIX}`], { stdio: 'inherit' });
  }
}

async function measure(file: string): Promise<void> {
  const { primitive } = (await import(`./${file}`)) as { primitive: Primitive };
  const kept: unknown[] = [];
  const bench = new Bench({ time: TIME_MS, warmupTime: WARM_UP_MS });
  for (const [name, way] of Object.entries(primitive.ways)) {
    bench.add(name, () => {
      kept[0] = way();
    });
  }
  await bench.run();
  const rows = bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') return [name, result.state, ''];
    const { p50, p99 } = result.latency;
    return [name, perOperation(p50, primitive), perOperation(p99, primitive)];
  });
  console.log(`\n${primitive.name}`);
  for (const line of alignColumns([['', 'median', 'p99'], ...rows])) console.log(`  ${line}`);
}

function perOperation(latencyMs: number, { operations }: Primitive): string {
  return `${((latencyMs * NANOSECONDS_PER_MS) / operations).toFixed(1)} ns`;
}
