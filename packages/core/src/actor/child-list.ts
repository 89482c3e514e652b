/**
 * The children of one supervisor: in start order, and by name where they were given one. Owns the two links that
 * each record carries; holds that a child is listed once and that one which left is linked to nobody, or a ref to
 * an actor long gone would keep all its siblings in memory. A million children without names cost no table.
 */
import { assert } from '../lib/assert.ts';
import type { ChildRecord } from './child.ts';

/** A list of children, each added and removed in O(1). */
export class ChildList {
  #first: ChildRecord | null = null;
  #last: ChildRecord | null = null;
  #size = 0;
  #byName: Map<string, ChildRecord> | null = null;

  /** Children listed. */
  get size(): number {
    return this.#size;
  }

  /** The child that was added last. */
  get last(): ChildRecord | null {
    return this.#last;
  }

  /** The child that was given this name. */
  named(name: string): ChildRecord | undefined {
    return this.#byName?.get(name);
  }

  /** Adds a child behind all others. */
  add(child: ChildRecord): void {
    assert(!child.listed, 'a child is listed once');
    child.listed = true;
    child.before = this.#last;
    if (this.#last === null) this.#first = child;
    else this.#last.after = child;
    this.#last = child;
    this.#size += 1;
    if (typeof child.key !== 'string') return;
    this.#byName ??= new Map<string, ChildRecord>();
    this.#byName.set(child.key, child);
  }

  /** Takes a child out. */
  remove(child: ChildRecord): void {
    assert(child.listed, 'a child is forgotten once');
    const { before, after } = child;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    child.listed = false;
    child.before = null;
    child.after = null;
    this.#size -= 1;
    if (typeof child.key === 'string') this.#byName?.delete(child.key);
  }

  /** Visits the children in start order. The list must not change meanwhile. */
  *[Symbol.iterator](): Generator<ChildRecord> {
    for (let child = this.#first; child !== null; child = child.after) yield child;
  }
}
