/**
 * The results: one row for each payment in SQLite. Owns the schema and the statement; holds that saving a
 * payment twice is the same as saving it once, which is what at-least-once delivery needs.
 */
import { rmSync } from 'node:fs';
import sqlite, { type Database, type Statement } from 'node-sqlite3-wasm';

/** What is known of a payment when its pipeline is done with it. */
export interface Result {
  readonly offset: number;
  readonly arrivedAtMs: number;
  /** When the pipeline took it from the source. */
  readonly acceptedAtMs: number;
  /** Risk from 0 to 1; null when the API never said, which leaves it to a person. */
  readonly score: number | null;
  /** Calls that it took. */
  readonly attempts: number;
}

const SCHEMA = `
  create table if not exists payments (
    "offset" integer primary key, arrived_at_ms real, accepted_at_ms real, stored_at_ms real,
    score real, attempts integer, deliveries integer
  )`;

const UPSERT = `
  insert into payments values (?, ?, ?, ?, ?, ?, 1)
  on conflict ("offset") do update set deliveries = deliveries + 1`;

/** The table, open for writing. There is one writer. */
export class Results {
  readonly #database: Database;
  readonly #upsert: Statement;

  constructor(path: string) {
    // A writer that was killed leaves its lock behind, and there is no other writer that could hold it.
    rmSync(`${path}.lock`, { recursive: true, force: true });
    this.#database = new sqlite.Database(path);
    this.#database.exec('pragma locking_mode = exclusive');
    this.#database.get('pragma journal_mode = wal');
    this.#database.exec('pragma synchronous = normal');
    this.#database.exec(SCHEMA);
    this.#upsert = this.#database.prepare(UPSERT);
  }

  /** Saves all or none. */
  save(results: readonly Result[], storedAtMs: number): void {
    this.#database.exec('begin');
    try {
      for (const { offset, arrivedAtMs, acceptedAtMs, score, attempts } of results) {
        this.#upsert.run([offset, arrivedAtMs, acceptedAtMs, storedAtMs, score, attempts]);
      }
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }

  /** Lets the file go. */
  close(): void {
    this.#upsert.finalize();
    this.#database.close();
  }
}

/** One stored payment, as the report reads it. */
export interface StoredPayment {
  readonly offset: number;
  readonly arrivedAtMs: number;
  readonly acceptedAtMs: number;
  readonly storedAtMs: number;
  readonly attempts: number;
  readonly deliveries: number;
  /** The API never said: a person has to. */
  readonly needsReview: boolean;
}

/** Reads back what a run left behind, in the order of the log. */
export function readResults(path: string): StoredPayment[] {
  rmSync(`${path}.lock`, { recursive: true, force: true });
  const database = new sqlite.Database(path);
  try {
    database.exec('pragma locking_mode = exclusive');
    return database.all('select * from payments order by "offset"').map((row) => ({
      offset: Number(row['offset']),
      arrivedAtMs: Number(row['arrived_at_ms']),
      acceptedAtMs: Number(row['accepted_at_ms']),
      storedAtMs: Number(row['stored_at_ms']),
      attempts: Number(row['attempts']),
      deliveries: Number(row['deliveries']),
      needsReview: row['score'] === null,
    }));
  } finally {
    database.close();
  }
}
