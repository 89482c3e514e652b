/**
 * What every workspace must have so that the build, the linter and the installer see it. Holds that its
 * TypeScript projects are listed in the root tsconfig.json (the type-aware linter looks there) and that every
 * dependency from a registry is pinned to one version. Called by `tests/workspace-shape.test.ts`.
 */
import type { Workspace } from './repository.ts';
import type { Violation } from './violation.ts';

const EXACT = /^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;

/** TypeScript projects (paths of tsconfig files) that the root tsconfig.json does not list. */
export function unlistedProjects(projects: readonly string[], rootConfig: string): Violation[] {
  const listed = new Set([...rootConfig.matchAll(/"path":\s*"([^"]+)"/g)].map((match) => match[1]));
  return projects
    .filter((project) => !listed.has(project))
    .map((path) => ({ path, line: 1, message: 'add it to the references of the root tsconfig.json' }));
}

/** Dependencies whose version is a range. Peer dependencies are ranges by nature. */
export function loosePins({ folder, manifest }: Workspace): Violation[] {
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter(([, version]) => !EXACT.test(version) && !version.startsWith('workspace:'))
    .map(([name, version]) => ({
      path: `${folder}/package.json`,
      line: 1,
      message: `${name} is at "${version}": pin one exact version`,
    }));
}
