// Installs exactly what the lockfile says. Owns the translation of an installer's failure into what to do.
import { pnpm } from '../pnpm.mjs';

/** A failure that a person can mend: `message` says what is wrong, `remedy` what to do. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }
}

const KNOWN_FAILURES = [
  {
    signs: /ERR_PNPM_OUTDATED_LOCKFILE|ERR_PNPM_LOCKFILE_CONFIG_MISMATCH|ERR_PNPM_NO_LOCKFILE/,
    message: 'pnpm-lock.yaml does not match the package.json files.',
    remedy:
      'If you changed dependencies: node scripts/pnpm.mjs install --no-frozen-lockfile, and commit the lockfile.\n' +
      'If you did not: git checkout -- pnpm-lock.yaml.',
  },
  {
    signs:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|META_FETCH_FAIL|ENOTCACHED/,
    message: 'The npm registry cannot be reached, and something needed is not on this machine yet.',
    remedy:
      'Check the network, then the registry and proxy: npm config get registry; npm config get proxy.\n' +
      'Once an install has worked, later runs need no network.',
  },
  {
    signs: /ENOSPC/,
    message: 'The disk is full.',
    remedy: 'Free about 300 MB, then run the same command again.',
  },
  {
    signs: /EACCES|EPERM/,
    message: 'A folder that the install writes to belongs to another user.',
    remedy:
      'Look at the path in the output above; often it is node_modules, made earlier as root: remove it.',
  },
  {
    signs: /npx: .*ENOENT/,
    message: 'npx is not on the PATH.',
    remedy: 'It comes with npm: install npm beside Node.',
  },
];

/** Says what to do about a failed install, or undefined when the output shows no known cause. */
export function explain(output) {
  return KNOWN_FAILURES.find(({ signs }) => signs.test(output));
}

/** Installs the workspace. Quiet when all is well. @throws SetupError */
export async function install() {
  const { code, output } = await pnpm(['install', '--frozen-lockfile', '--prefer-offline'], {
    capture: true,
  });
  if (code === 0) return;
  process.stderr.write(output);
  const known = explain(output);
  throw new SetupError(
    known?.message ?? 'The install failed for the reason above.',
    known?.remedy ?? 'Remove node_modules and run the same command again; if it stays, please report it.',
  );
}

/** `npm run setup`. */
export async function main() {
  await install();
  return 0;
}
