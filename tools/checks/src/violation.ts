/**
 * What a check found. Owns the shape of a finding and how it is printed; holds that each one says where it
 * is and what to do about it. Made by every check, printed by the tests.
 */
import { lineOf } from './syntax.ts';

/** One broken rule: the file, the line from 1, and a sentence that says what to do. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** A violation at a position in a file. */
export function violationAt(
  file: { path: string; text: string },
  position: number,
  message: string,
): Violation {
  return { path: file.path, line: lineOf(file.text, position), message };
}

/** Fails with every violation on a line of its own, `path:line: message`. @throws Error */
export function assertNone(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const lines = violations.map(({ path, line, message }) => `${path}:${line}: ${message}`);
  const error = new Error(`${violations.length} found:\n${lines.join('\n')}`);
  // uvu prints what follows the first line of a stack: here that would be all findings a second time.
  error.stack = error.name;
  throw error;
}
