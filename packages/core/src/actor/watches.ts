/**
 * Watching: who hears that an actor has stopped. Owns the steps on both sides of a watch; holds that a watch is
 * told exactly once, also when the watched was gone before, that it ends with the watcher's incarnation, and
 * that a restart of the watched tells nobody. Called by cells, which keep the sets in their extras.
 */
import type { StopReason } from '../events.ts';
import { RingDeque } from '../lib/ring-deque.ts';
import { optionError } from '../options.ts';
import type { AnyRef } from '../ref.ts';
import { Ref } from './actor-ref.ts';
import type { CellExtras } from './cell-extras.ts';
import type { Cell } from './cell.ts';
import type { Terminated } from './definition.ts';
import type { Watcher } from './recipient.ts';

/** `cell` begins to watch. Watching twice is watching once. @throws ERR_OPTION_INVALID without a `terminated` hook */
export function beginWatch(cell: Cell, ref: AnyRef): void {
  const target = Ref.recipientOf(ref);
  if (cell.definition.hooks.terminated === undefined) {
    const option = `defineActor('${cell.definition.name}').hooks.terminated`;
    throw optionError(option, undefined, 'a function, in an actor that watches');
  }
  const extras = cell.ownExtras();
  extras.watching ??= new Set<AnyRef>();
  if (extras.watching.has(ref)) return;
  extras.watching.add(ref);
  target.watchedBy(cell);
}

/** `cell` watches no more, and is not told of a stop that happened already. */
export function endWatch(cell: Cell, ref: AnyRef): void {
  const { extras } = cell;
  if (extras?.watching?.delete(ref) !== true) return;
  Ref.recipientOf(ref).unwatchedBy(cell);
  // A notice that came already must not add up when an actor watches and unwatches one that is gone.
  for (const notice of extras.notices ?? []) {
    if (notice.ref !== ref) continue;
    extras.notices?.remove(notice);
    return;
  }
}

/** The incarnation of `cell` is over, and so are its watches. */
export function endAllWatches(cell: Cell, extras: CellExtras): void {
  for (const ref of extras.watching ?? []) Ref.recipientOf(ref).unwatchedBy(cell);
  extras.watching = null;
  extras.notices = null;
}

/** Somebody begins to watch `cell`. */
export function addWatcher(cell: Cell, watcher: Watcher): void {
  const extras = cell.ownExtras();
  if (cell.phase === 'stopped') {
    watcher.watchedStopped(cell.ref, extras.stopReason);
    return;
  }
  extras.watchers ??= new Set<Watcher>();
  extras.watchers.add(watcher);
}

/** `cell` has stopped. */
export function tellWatchers(cell: Cell, extras: CellExtras, reason: StopReason): void {
  const { watchers } = extras;
  extras.watchers = null;
  for (const watcher of watchers ?? []) watcher.watchedStopped(cell.ref, reason);
}

/** An actor that `cell` watches has stopped: its hook is called at its next turn. */
export function addNotice(cell: Cell, ref: AnyRef, reason: StopReason): void {
  const { extras } = cell;
  if (extras?.watching?.has(ref) !== true) return;
  extras.notices ??= new RingDeque<Terminated>();
  extras.notices.push({ ref, reason });
  cell.schedule();
}

/** Tells the `terminated` hook of the next watched actor that stopped. False when there is nothing to tell now. */
export function hearNotice(cell: Cell, extras: CellExtras): boolean {
  if (cell.occupied) return false;
  const notice = extras.notices?.shift();
  if (notice === undefined) return false;
  const { terminated } = cell.definition.hooks;
  extras.watching?.delete(notice.ref);
  if (terminated === undefined) return true;
  cell.runHook(terminated, [cell.state, notice, cell.context], (outcome) => {
    if (outcome.failed) cell.fail(outcome.error, 'hook');
  });
  return true;
}
