/**
 * Takes the marks out of a payload that stays on its thread, so that the same send means the same on one thread
 * and on two: the buffer moves, and the sender's is detached. Owns nothing; holds that a payload is left as it is
 * unless all its marks can be taken. Called by the core when a message or reply stays, and a mark may be open.
 */
import { MillraceError, type PayloadMarks } from '@millrace/core';
import { PAYLOAD_DEPTH_MAX } from '../limits.ts';
import { isDetached, OPEN_MARKS, TransferMark } from './transfer.ts';

/** The marks of this thread, as the core asks for them. */
export const LOCAL_MARKS: PayloadMarks = {
  open: OPEN_MARKS,
  take,
};

/** Containers on the way to a mark are copied, so a payload that the sender keeps is not changed. */
function take(payload: unknown): unknown {
  const marks = new Set<TransferMark>();
  const seen = new Set<object>();
  collect(payload, marks, seen, 0);
  if (marks.size === 0) return payload;
  for (const { buffer } of marks) {
    if (isDetached(buffer))
      throw new MillraceError('ERR_PAYLOAD_NOT_DATA', { path: 'payload', found: 'buffer that has moved' });
  }
  const moved = new Map<ArrayBuffer, ArrayBuffer>();
  for (const mark of marks) {
    const { buffer } = mark;
    if (!moved.has(buffer)) moved.set(buffer, structuredClone(buffer, { transfer: [buffer] }));
    mark.taken();
  }
  return replace(payload, moved, new Map());
}

function collect(value: unknown, marks: Set<TransferMark>, seen: Set<object>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > PAYLOAD_DEPTH_MAX || seen.has(value)) return;
  if (value instanceof TransferMark) {
    marks.add(value);
    return;
  }
  const parts = partsOf(value);
  if (parts === null) return;
  seen.add(value);
  for (const part of parts) collect(part, marks, seen, depth + 1);
}

/** What a container holds; null for what is none. */
function partsOf(value: object): Iterable<unknown> | null {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) {
    const map: ReadonlyMap<unknown, unknown> = value;
    return [...map.keys(), ...map.values()];
  }
  return isPlain(value) ? Object.values(value) : null;
}

/** The value with buffers in place of marks: itself when there are none in it. */
function replace(
  value: unknown,
  moved: ReadonlyMap<ArrayBuffer, ArrayBuffer>,
  done: Map<object, unknown>,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof TransferMark) return moved.get(value.buffer);
  if (done.has(value)) return done.get(value);
  const parts = partsOf(value);
  if (parts === null) return value;
  // A cycle through it leads back to what it was.
  done.set(value, value);
  const before = [...parts];
  const after = before.map((part) => replace(part, moved, done));
  if (after.every((part, i) => part === before[i])) return value;
  const copy = rebuild(value, after);
  done.set(value, copy);
  return copy;
}

function rebuild(value: object, parts: readonly unknown[]): unknown {
  if (Array.isArray(value)) return parts;
  if (value instanceof Set) return new Set(parts);
  if (value instanceof Map) {
    const count = parts.length / 2;
    return new Map(parts.slice(0, count).map((key, i) => [key, parts[count + i]]));
  }
  const keys = Object.keys(value);
  return Object.fromEntries(keys.map((key, i) => [key, parts[i]]));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
