/** What is made of a result file: the table of a run, the README's section, the charts. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as vega from 'vega';
import { compile } from 'vega-lite';
import { renderTable } from '../harness/table.ts';
import { cell as localTell } from '../macro/s1-local-tell.ts';
import { cell as zipfCount } from '../macro/s6-zipf-count.ts';
import { charts } from '../report/charts.ts';
import { renderSection } from '../report/readme.ts';
import { renderTargets } from '../report/targets.ts';
import { MODES } from '../report/theme.ts';
import type { ResultRecord } from '../harness/results.ts';
import { fixture, record } from './fixture.ts';

test('the table ranks by the headline, calls a tie a tie, and prints a void and a reason', () => {
  const table = renderTable(fixture(), [localTell, zipfCount]);
  const point = table.slice(table.indexOf('theta=0.99 workUs=0'), table.indexOf('theta=0.99 workUs=1 '));
  const order = ['floor:one-thread', 'millrace', 'erlang', 'piscina'].map((system) =>
    point.indexOf(`\n    ${system} `),
  );
  assert.equal(
    [...order].sort((a, b) => a - b),
    order,
  );
  assert.match(point, /erlang .* tie/);
  assert.match(point, /piscina .* 0\.0033 x|piscina .* 0\.00 x/);
  assert.match(table, /nact +VOID +messages: expected=10, found=9/);
  assert.match(table, /nact: one thread/);
});

test('the README marks a lead only when it is larger than the spread', () => {
  const results = fixture();
  const line = (text: string, from = results): string =>
    renderSection('cores-2', from)
      .split('\n')
      .find((row) => row.includes(`| ${text} |`)) ?? '';
  assert.match(line('local tell'), /\| \*\*20 M\*\* \|/);
  assert.not.match(line('10⁴ keyed actors, θ 0.99'), /\*\*/);
  const params = { theta: 0.99, workUs: 0, workers: 2, keys: 10_000, capacity: 1_024, p1: 0.0978 };
  const apart = {
    ...results,
    records: results.records.map((old) =>
      old.system === 'erlang' && old.params['theta'] === 0.99 && old.params['workUs'] === 0
        ? record('S6', 'erlang', params, 'throughput', 4e6)
        : old,
    ),
  };
  assert.match(line('10⁴ keyed actors, θ 0.99', apart), /\*\*6 M\*\* \| 4 M/);
});

test('the README sets figures beside what two bare cores could do', () => {
  const rows = renderSection('cores-2', fixture()).split('\n');
  assert.match(rows.find((row) => row.includes('| … with 1 µs of work |')) ?? '', /\| 10 M \|$/);
});

test('a target is shown where it is furthest from being met, and left out where nothing was measured', () => {
  const rows = renderTargets(fixture()).split('\n');
  const line = (text: string): string => rows.find((row) => row.includes(text)) ?? '';
  assert.match(line('local tells a second'), /^\| S1 \| ≥ 15 M .* \| 20 M \| .* \| met \|$/);
  assert.match(
    line('the BEAM, no work'),
    /≥ 2 × .* \| 1\.09 × \| theta 0(?:\.99)?, workUs 0 \| \*\*missed\*\*, 0\.55 of it/,
  );
  assert.match(line('one worker, with two'), /≥ 1\.90 × .* \| 2 × \| theta 0, workUs 10 \| met \|$/);
  assert.is(line('idle actor'), '');
  const slower = fixture().records.map((old) =>
    old.system === 'millrace' && old.params['theta'] === 0.99 && old.params['workUs'] === 0
      ? record('S6', 'millrace', old.params, 'throughput', 5.5e6)
      : old,
  );
  const again = renderTargets({ ...fixture(), records: slower }).split('\n');
  assert.match(
    again.find((row) => row.includes('the BEAM, no work')) ?? '',
    /\| 1 × \| theta 0\.99, workUs 0/,
  );
});

test('the README says VOID where a figure is void', () => {
  assert.match(renderSection('cores-2', fixture()), /local tell .*VOID/);
});

test('the README says how many times one worker all workers are, within what the rounds allow', () => {
  const rows = (results = fixture()): string =>
    renderSection('cores-2', results)
      .split('\n')
      .find((row) => row.includes('all workers ÷ one')) ?? '';
  // Ranges of a tenth to each side leave 1.64 … 2.44 and 1.23 … 1.83: no lead.
  assert.match(rows(), /\| 2 × \| 1\.50 × \|.*\| 2 × \|$/);
  const few = (old: ResultRecord): boolean => old.system === 'erlang' && old.params['workers'] === 1;
  const alone = { ...fixture(), records: fixture().records.filter((old) => !few(old)) };
  assert.match(rows(alone), /\| 2 × \|  \|/);
  const voided = fixture().records.map((old) =>
    few(old) ? { ...old, checksum: 'VOID: lost', median: null } : old,
  );
  assert.match(rows({ ...fixture(), records: voided }), /\| 2 × \| VOID \|/);
});

for (const chart of charts) {
  test(`the chart ${chart.name} can be drawn for both pages and names its systems`, async () => {
    for (const mode of MODES) {
      const spec = chart.spec(fixture(), mode);
      if (spec === undefined) throw new Error('there is nothing to draw');
      const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
      const svg = await view.toSVG();
      view.finalize();
      assert.match(svg, 'millrace');
      assert.match(svg, 'Some CPU');
      assert.not.match(svg, 'NaN');
    }
  });
}

test('a chart of one panel has no facet, and one of several has', () => {
  const [zipf] = charts.filter(({ name }) => name === 'zipf-throughput');
  const of = (workUs: readonly number[]) => ({
    ...fixture(),
    records: fixture().records.filter((old) => workUs.includes(Number(old.params['workUs']))),
  });
  assert.ok('facet' in (zipf?.spec(of([0, 1]), 'light') ?? {}));
  assert.not.ok('facet' in (zipf?.spec(of([0]), 'light') ?? { facet: true }));
});

test('a chart without figures is left out', () => {
  const empty = { ...fixture(), records: [], series: [] };
  for (const chart of charts) assert.is(chart.spec(empty, 'light'), undefined, chart.name);
});

test.run();
