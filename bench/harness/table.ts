/**
 * The final table of a run, as text. Reads records and absences alone, so that it can be printed from a
 * stored file as well. Systems are ranked by the cell's headline metric, best first; what lies inside
 * the spread of the reference is called a tie.
 */
import type { Cell, Params } from './cell.ts';
import { formatNumber, formatParams } from './format.ts';
import { METRICS } from './metrics.ts';
import { isVoid, type ResultRecord, type Results } from './results.ts';
import { compare } from './statistics.ts';

type CellHead = Pick<Cell, 'id' | 'name' | 'question' | 'headline'>;

/** The whole table, one block per cell. */
export function renderTable(results: Results, cells: readonly CellHead[]): string {
  const blocks: string[] = [];
  for (const cell of cells) {
    const records = results.records.filter((record) => record.cell === cell.id);
    const absences = results.absences.filter((absence) => absence.cell === cell.id);
    if (records.length === 0 && absences.length === 0) continue;
    const lines = [`${cell.id} ${cell.name}: ${cell.question}`];
    for (const params of distinctParams(records)) {
      lines.push('', `  ${formatParams(params)}`, ...renderPoint(cell, sameParams(records, params)));
    }
    const reasons = new Map<string, string[]>();
    for (const { system, params, why, failed } of absences) {
      const reason = failed ? `FAILED: ${why.split('\n')[0]}` : why;
      const place = params === null ? '' : ` [${formatParams(params)}]`;
      reasons.set(`${system}\0${reason}`, [...(reasons.get(`${system}\0${reason}`) ?? []), place]);
    }
    if (reasons.size > 0) lines.push('');
    for (const [key, places] of reasons) {
      const [system, reason] = key.split('\0') as [string, string];
      lines.push(`  ${system}${places.length === 1 ? places[0] : ''}: ${reason}`);
    }
    blocks.push(lines.join('\n'));
  }
  return blocks.join('\n\n');
}

/** The points of some records, in the order in which they were run. */
export function distinctParams(records: readonly ResultRecord[]): Params[] {
  return [...new Map(records.map((record) => [JSON.stringify(record.params), record.params])).values()];
}

/** The records of one point. */
export function sameParams(records: readonly ResultRecord[], params: Params): ResultRecord[] {
  const key = JSON.stringify(params);
  return records.filter((record) => JSON.stringify(record.params) === key);
}

function renderPoint(cell: CellHead, records: readonly ResultRecord[]): string[] {
  const { better } = METRICS[cell.headline];
  const headlines = records.filter((record) => record.metric === cell.headline);
  const direction = better === 'more' ? -1 : 1;
  const ranked = [...headlines].sort((a, b) => direction * ((a.median ?? 0) - (b.median ?? 0)));
  const reference =
    ranked.find((record) => record.system === 'millrace' && !isVoid(record)) ??
    ranked.find((record) => !record.system.startsWith('floor:') && !isVoid(record));
  const others = [...new Set(records.map((record) => record.metric))].filter(
    (metric) => metric !== cell.headline,
  );
  const head = ['system', cell.headline, 'spread', reference ? `against ${reference.system}` : '', ...others];
  const rows = ranked.map((record) => [
    record.system,
    ...(isVoid(record)
      ? ['VOID', record.checksum.slice('VOID: '.length), '']
      : [
          figure(record),
          `${formatNumber(record.min ?? 0)} … ${formatNumber(record.max ?? 0)}`,
          standing(record, reference),
        ]),
    ...others.map((metric) => {
      const other = records.find(
        (candidate) => candidate.metric === metric && candidate.system === record.system,
      );
      return other === undefined ? '' : figure(other);
    }),
  ]);
  return alignColumns([head, ...rows]).map((line) => `    ${line}`);
}

function standing(record: ResultRecord, reference: ResultRecord | undefined): string {
  if (reference === undefined || record === reference) return '';
  const spread = (of: ResultRecord) => ({
    median: of.median ?? 0,
    min: of.min ?? 0,
    max: of.max ?? 0,
    rounds: of.rounds,
  });
  const { better } = METRICS[record.metric];
  if (compare(spread(record), spread(reference), better) === 'tie') return 'tie';
  return `${formatNumber((record.median ?? 0) / (reference.median ?? 1))} x`;
}

function figure(record: ResultRecord): string {
  return record.median === null ? 'VOID' : `${formatNumber(record.median)} ${record.unit}`;
}

/** Left-aligned first column, right-aligned others. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}
