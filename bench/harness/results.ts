/**
 * What a run leaves behind: `bench/results/<name>.json`. Owns its schema and refuses to read a file
 * that breaks it, because charts and the README's table are made from these files alone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Params, Series } from './cell.ts';
import { METRICS, type MetricName } from './metrics.ts';
import { BENCH_ROOT } from './paths.ts';

/** One metric of one system at one point. A void one has no figures. */
export interface ResultRecord {
  readonly cell: string;
  readonly system: string;
  readonly params: Params;
  readonly metric: MetricName;
  readonly unit: string;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Rounds that were believed. */
  readonly rounds: number;
  /** Digest of what arrived, or `VOID: …` with what did not add up. */
  readonly checksum: string;
}

/** A system that has no answer to a cell, failed in it, or is not installed. */
export interface Absence {
  readonly cell: string;
  readonly system: string;
  /** The point, or null when the reason holds for the whole cell. */
  readonly params: Params | null;
  readonly why: string;
  /** True when it should have run. */
  readonly failed: boolean;
}

/** The course of something over time, from the last round. */
export interface StoredSeries extends Series {
  readonly cell: string;
  readonly system: string;
  readonly params: Params;
}

/** Where the figures come from. */
export interface Environment {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly platform: string;
  readonly node: string;
  readonly mode: 'quick' | 'full';
  readonly workers: number;
  readonly rounds: number;
  readonly passMs: number;
  /** Warm-up of a point at least; files from before it had a name lack it. */
  readonly warmUpMs?: number;
  readonly stepsPerUs: number;
  readonly systems: Readonly<Record<string, string>>;
  readonly durationS: number;
  readonly notes: readonly string[];
}

/** One file. */
export interface Results {
  readonly environment: Environment;
  readonly records: readonly ResultRecord[];
  readonly absences: readonly Absence[];
  readonly series: readonly StoredSeries[];
}

/** True for a record whose messages did not add up. */
export function isVoid(record: Pick<ResultRecord, 'checksum'>): boolean {
  return record.checksum.startsWith('VOID');
}

/** Path of a result file by its name. */
export function resultsPath(name: string): string {
  return `${BENCH_ROOT}results/${name}.json`;
}

/** Writes a file, one record a line so that two runs can be compared as text. */
export function writeResults(name: string, results: Results): string {
  mkdirSync(`${BENCH_ROOT}results`, { recursive: true });
  const lines = (items: readonly unknown[]): string =>
    items.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const text =
    `{\n  "environment": ${JSON.stringify(results.environment, null, 2).replaceAll('\n', '\n  ')},\n` +
    `  "records": [\n${lines(results.records)}\n  ],\n` +
    `  "absences": [\n${lines(results.absences)}\n  ],\n` +
    `  "series": [\n${lines(results.series)}\n  ]\n}\n`;
  const path = resultsPath(name);
  writeFileSync(path, text);
  return path;
}

/** Reads a file back. @throws Error naming the first thing that breaks the schema. */
export function readResults(name: string): Results {
  const parsed: unknown = JSON.parse(readFileSync(resultsPath(name), 'utf8'));
  const problem = schemaProblem(parsed);
  if (problem !== undefined) throw new Error(`result file is not valid: name=${name}, ${problem}`);
  return parsed as Results;
}

/** The first thing that breaks the schema, or undefined. */
export function schemaProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'expected an object';
  const { environment, records, absences, series } = value;
  if (!isObject(environment)) return 'environment is missing';
  for (const key of ['date', 'commit', 'cpu', 'platform', 'node', 'mode']) {
    if (typeof environment[key] !== 'string') return `environment.${key} is not a string`;
  }
  for (const key of ['cores', 'workers', 'rounds', 'passMs', 'stepsPerUs', 'durationS']) {
    if (typeof environment[key] !== 'number') return `environment.${key} is not a number`;
  }
  if (!isObject(environment['systems'])) return 'environment.systems is not an object';
  if (!Array.isArray(records)) return 'records is not a list';
  if (!Array.isArray(absences)) return 'absences is not a list';
  if (!Array.isArray(series)) return 'series is not a list';
  for (const [i, record] of records.entries()) {
    const problem = recordProblem(record);
    if (problem !== undefined) return `records[${i}]: ${problem}`;
  }
  for (const [i, absence] of absences.entries()) {
    if (!isObject(absence)) return `absences[${i}] is not an object`;
    for (const key of ['cell', 'system', 'why']) {
      if (typeof absence[key] !== 'string') return `absences[${i}].${key} is not a string`;
    }
  }
  return undefined;
}

function recordProblem(record: unknown): string | undefined {
  if (!isObject(record)) return 'not an object';
  for (const key of ['cell', 'system', 'metric', 'unit', 'checksum']) {
    if (typeof record[key] !== 'string') return `${key} is not a string`;
  }
  const { metric, unit, median, min, max, rounds, params, checksum } = record;
  if (!Object.hasOwn(METRICS, metric as string)) return `metric is not known: ${String(metric)}`;
  if (METRICS[metric as MetricName].unit !== unit) return `unit does not fit the metric: ${String(unit)}`;
  if (!isObject(params)) return 'params is not an object';
  if (!Number.isInteger(rounds)) return 'rounds is not a whole number';
  if (isVoid({ checksum: checksum as string })) {
    return median === null && min === null && max === null ? undefined : 'a void record has a figure';
  }
  for (const figure of [median, min, max]) {
    if (typeof figure !== 'number' || !Number.isFinite(figure)) return 'a figure is not a finite number';
  }
  const [low, middle, high] = [min, median, max] as [number, number, number];
  return low <= middle && middle <= high ? undefined : 'min, median and max are out of order';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
