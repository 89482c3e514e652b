// The API reference: every entry of every published package, read from the manifests so that a new package
// needs no line here. Runs on TypeScript 6, because 7 has no API in JavaScript.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const packages = new URL('../../packages/', import.meta.url);

const entryPoints = readdirSync(packages)
  .filter((name) => existsSync(new URL(`${name}/package.json`, packages)))
  .flatMap((name) => {
    const { exports = {} } = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8'));
    return Object.values(exports)
      .filter((target) => typeof target?.source === 'string')
      .map((target) => `../../packages/${name}/${target.source.replace('./', '')}`);
  });

export default {
  name: 'Millrace',
  entryPoints,
  tsconfig: 'tsconfig.reference.json',
  out: '../../docs/api',
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  blockTags: [
    '@param',
    '@returns',
    '@throws',
    '@typeParam',
    '@example',
    '@default',
    '@defaultValue',
    '@see',
    '@remarks',
  ],
  // A comment may link to a name that only maintainers see; the reference then prints it as text.
  validation: { invalidLink: false, notExported: false, notDocumented: false },
};
