/** The catalogue is complete: nobody is left out of a cell without a word. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCatalogue } from '../harness/catalogue.ts';
import type { Scope } from '../harness/cell.ts';

const { cells, systems } = await loadCatalogue();
const SCOPE: Scope = { mode: 'full', workers: 2, workersSweep: [1, 2] };

test('the cells are there, each with points', () => {
  const ids = 'S0 S1 S2 S3 S4 S5 S6 S7 S8 S9 S11 S12 S14 S15 S16';
  assert.is(cells.map(({ id }) => id).join(' '), ids);
  for (const cell of cells) assert.ok(cell.points(SCOPE).length > 0, cell.id);
});

test('Millrace answers every cell but that of the floors, at every point', () => {
  const millrace = systems.find(({ name }) => name === 'millrace');
  for (const cell of cells.filter(({ id }) => id !== 'S0')) {
    const coverage = millrace?.covers.find((candidate) => candidate.cell.id === cell.id);
    assert.ok(coverage, cell.id);
    for (const params of cell.points(SCOPE)) assert.is(coverage.lacks(params), undefined, cell.id);
  }
});

for (const system of systems.filter(({ kind }) => kind === 'peer')) {
  test(`${system.name} answers every cell or says why not, once`, () => {
    for (const cell of cells.filter(({ id }) => id !== 'S0')) {
      const found = system.covers.filter((candidate) => candidate.cell.id === cell.id);
      assert.is(found.length, 1, cell.id);
    }
  });
}

test('a quick run has the cells that answer most', () => {
  const quick = cells.filter((cell) => cell.points({ ...SCOPE, mode: 'quick' }).length > 0);
  assert.is(quick.map(({ id }) => id).join(' '), 'S0 S1 S2 S3 S6 S8 S16');
});

test.run();
