/**
 * Finds cells and systems by their place: `macro/s<number>-*.ts` exports `cell`, and
 * `{floors,millrace,peers}/<name>/system.ts` exports `systems`. Importing an adapter must be cheap:
 * what it compares is loaded only when a subject starts.
 */
import { readdirSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Cell } from './cell.ts';
import { COMPILED_ROOT } from './paths.ts';
import type { System } from './system.ts';

const SYSTEM_FOLDERS = ['millrace', 'floors', 'peers'];
const CELL_FILE = /^s\d+-.*\.js$/;

/** Everything that can be run. */
export interface Catalogue {
  readonly cells: readonly Cell[];
  readonly systems: readonly System[];
}

/** Loads all cells, by number, and all systems: ours, floors, peers. */
export async function loadCatalogue(): Promise<Catalogue> {
  const cells: Cell[] = [];
  for (const file of readdirSync(`${COMPILED_ROOT}macro`).filter((name) => CELL_FILE.test(name))) {
    const module = (await load(`${COMPILED_ROOT}macro/${file}`)) as { cell: Cell };
    cells.push(module.cell);
  }
  cells.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));

  const systems: System[] = [];
  for (const folder of SYSTEM_FOLDERS) {
    const root = `${COMPILED_ROOT}${folder}`;
    if (!existsSync(root)) continue;
    for (const name of readdirSync(root).sort()) {
      const path = `${root}/${name}/system.js`;
      if (!existsSync(path)) continue;
      const module = (await load(path)) as { systems: readonly System[] };
      systems.push(...module.systems);
    }
  }
  return { cells, systems };
}

function load(path: string): Promise<unknown> {
  return import(pathToFileURL(path).href);
}
