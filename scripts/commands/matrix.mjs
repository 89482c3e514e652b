// `npm run matrix`: the whole suite on every supported line of Node, each fetched from npm. Every version
// runs even when one fails.
import { run } from '../pnpm.mjs';

/** The lines of Node that are supported; the first and the last are what CI runs. */
export const NODE_LINES = [20, 22, 24, 26];

/** Runs the command; resolves to the exit code. Arguments are lines of Node: `npm run matrix -- 22 24`. */
export async function main(args) {
  const lines = args.length === 0 ? NODE_LINES : args.map(Number);
  const unknown = lines.filter((line) => !NODE_LINES.includes(line));
  if (unknown.length > 0) {
    console.error(
      `Not a supported line of Node: ${unknown.join(', ')}. There are: ${NODE_LINES.join(', ')}.`,
    );
    return 1;
  }
  const results = [];
  for (const line of lines) {
    console.log(`\nNode ${line}`);
    const command = [
      '-y',
      '--prefer-offline',
      '--loglevel=error',
      '-p',
      `node@${line}`,
      '-c',
      'node --version && npm test',
    ];
    results.push({ line, code: (await run('npx', command)).code });
  }
  console.log('');
  for (const { line, code } of results) console.log(`Node ${line}: ${code === 0 ? 'good' : 'FAILED'}`);
  const failed = results.filter(({ code }) => code !== 0).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
