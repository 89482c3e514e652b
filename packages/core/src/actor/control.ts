/**
 * What an actor does before messages: it begins an incarnation, obeys the signals of its supervisor, goes on going
 * down, handles asks that come back, hears of actors that stopped. Owns no state; holds that all of it is done, in
 * this order, before the next message is begun. Called by the cell, which keeps the signals in its extras.
 */
import type { StopReason } from '../events.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import type { CellExtras } from './cell-extras.ts';
import type { Cell } from './cell.ts';
import type { Signal } from './child.ts';
import { Descent, type DescentEnd } from './descent.ts';
import { beginIncarnation } from './start.ts';
import { hearNotice } from './watches.ts';

/** Does what comes before the next message of `cell`, inside its turn. */
export function control(cell: Cell): void {
  for (;;) {
    if (cell.toBegin) {
      cell.toBegin = false;
      beginIncarnation(cell);
    }
    const { extras } = cell;
    if (extras === null) return;
    const signal = extras.signals.shift();
    if (signal !== undefined) {
      obey(cell, signal, extras);
      continue;
    }
    extras.descent?.advance();
    if (cell.phase !== 'running') {
      if (extras.signals.size === 0) return;
    } else if (!cell.reenter(extras) && !hearNotice(cell, extras)) {
      return;
    }
  }
}

/** `cell` begins to go down, or is going down already, and then both ends and deadlines are joined. */
export function descend(cell: Cell, end: DescentEnd, shutdownMs: ShutdownMs): void {
  const extras = cell.ownExtras();
  if (extras.descent !== null) {
    extras.descent.join(end, shutdownMs);
    return;
  }
  extras.descent = new Descent(cell, end);
  extras.descent.begin(shutdownMs);
}

/** `cell` asks itself to stop, once, and does so before its next message. */
export function stopItself(cell: Cell, reason: StopReason, shutdownMs: ShutdownMs): void {
  const extras = cell.ownExtras();
  if (extras.stopsItself) return;
  extras.stopsItself = true;
  cell.signal({ kind: 'stop', reason, by: 'itself', shutdownMs });
}

function obey(cell: Cell, signal: Signal, extras: CellExtras): void {
  if (cell.phase === 'stopped') return;
  switch (signal.kind) {
    case 'start':
      if (cell.phase !== 'halted') return;
      cell.enter('starting');
      extras.restart = { error: signal.error, incarnation: cell.incarnation + 1 };
      cell.toBegin = true;
      return;
    case 'resume':
      if (cell.phase === 'suspended') resume(cell, extras);
      return;
    case 'halt':
      descend(cell, { kind: 'halt' }, signal.shutdownMs);
      return;
    case 'stop':
      descend(cell, { kind: 'stop', reason: signal.reason, by: signal.by }, signal.shutdownMs);
      return;
  }
}

function resume(cell: Cell, extras: CellExtras): void {
  cell.enter('running');
  const { failedBeside } = extras;
  if (failedBeside === null) return;
  extras.failedBeside = null;
  cell.enter('suspended');
  cell.link.failed(failedBeside.error, 'child');
}
