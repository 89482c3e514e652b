/**
 * Makes `docs/census.svg` from a real run on a pseudo-terminal: a frame from the middle in which somebody waited, then
 * what the run printed at its end. Needs `script` of util-linux. Run it with `node examples/census/dist/screenshot.js`.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Screen } from './view/screen.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const TARGET = fileURLToPath(new URL('../../../docs/census.svg', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COLUMNS = 96;
const OUTPUT_MAX_BYTES = 64 * 1_024 * 1_024;

const command = `stty cols ${COLUMNS} rows 40; '${process.execPath}' '${MAIN}' --top 8`;
const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
  encoding: 'utf8',
  maxBuffer: OUTPUT_MAX_BYTES,
});
if (status !== 0) throw new Error(`the census ended with ${status}: ${stdout}`);

const [first = '', ...frames] = stdout.replaceAll(ROOT, '').split(/(?=\u001b\[\d+A)/);
const isWaiting = (frame: string): boolean => frame.includes(' waits for ');
const middle = Math.floor(frames.length / 2);
const chosen = frames.findIndex((frame, index) => index >= middle && isWaiting(frame));
if (chosen < 0) throw new Error('nobody waited in any frame: is the input too small?');
const [, end = ''] = (frames.at(-1) ?? '').split('\u001b[?25h');
const screen = new Screen();
screen.write(first);
for (const frame of frames.slice(0, chosen + 1)) screen.write(frame);
screen.write(end);
writeFileSync(TARGET, screen.svg());
console.log(screen.text().join('\n'));
