/**
 * Records as rows for charts and tables. Pure; knows the shape of a result file and no drawing.
 */
import type { MetricName } from '../harness/metrics.ts';
import { isVoid, type ResultRecord, type Results } from '../harness/results.ts';

/** One believed figure with its parameters beside it. */
export type Row = Readonly<Record<string, string | number | boolean>> & {
  readonly system: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
};

/** The believed figures of one metric of one cell. */
export function rowsOf(results: Results, cell: string, metric: MetricName): Row[] {
  return results.records.filter((record) => record.cell === cell && record.metric === metric).flatMap(rowOf);
}

function rowOf(record: ResultRecord): Row[] {
  const { median, min, max } = record;
  if (isVoid(record) || median === null || min === null || max === null) return [];
  return [{ ...record.params, system: record.system, median, min, max }];
}

/** The systems of some rows: ours first, then peers by name, floors last. */
export function systemsOf(rows: readonly Row[]): string[] {
  const rank = (system: string): number => {
    if (system === 'millrace') return 0;
    if (system.startsWith('millrace:')) return 1;
    return system.startsWith('floor:') ? 3 : 2;
  };
  return [...new Set(rows.map((row) => row.system))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** "AMD EPYC, 2 cores, Node v20.20.2, median and range of 2 rounds": what stands under every chart. */
export function provenance(results: Results): string {
  const { rounds } = results.environment;
  return `${machineOf(results)}, ${rounds === 1 ? 'one round' : `median and range of ${rounds} rounds`}`;
}

/** "AMD EPYC, 2 cores, Node v20.20.2". */
export function machineOf({ environment: { cpu, cores, node } }: Results): string {
  return `${cpu}, ${cores} cores, Node ${node}`;
}
