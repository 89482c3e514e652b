// Runs one test file in a process of its own. Called by the test runner only; answers SIGUSR2 with what
// still keeps the process alive, which is how the runner can name a leaked handle.
import { pathToFileURL } from 'node:url';

const file = String(process.argv[2]);
process.argv.splice(1, 2, file);

process.on('SIGUSR2', () => {
  const open = countResources();
  for (const [name, count] of atStart) open.set(name, (open.get(name) ?? 0) - count);
  const list = [...open].filter(([, count]) => count > 0).map(([name, count]) => `${name} ×${count}`);
  process.stderr.write(
    `\nStill open: ${list.length === 0 ? 'nothing that Node can name' : list.join(', ')}\n`,
  );
});

/** What a process without any test has open: its two pipes, which open on first use, and the handler above. */
process.stdout.write('');
process.stderr.write('');
const atStart = countResources();

function countResources() {
  const counts = new Map();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

await import(pathToFileURL(file).href);
