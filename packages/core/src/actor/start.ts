/**
 * How an incarnation begins: init makes the state, then the `started` or `restarted` hook runs, then the
 * declared children start one after the other; then the actor runs and its supervisor hears of it. Owns no
 * state. A failure on the way suspends the actor; a halt or stop on the way ends the sequence.
 */
import type { HookOutcome } from './cell-work.ts';
import type { Cell } from './cell.ts';

/** Begins an incarnation of a cell that is `starting`. */
export function beginIncarnation(cell: Cell): void {
  const { definition, args } = cell;
  cell.runHook(definition.init, [args, cell.context], (outcome) => {
    // Also when a stop came meanwhile: what init opened is for the `stopping` hook to close.
    if (!outcome.failed) cell.state = outcome.value;
    if (mayGoOn(cell, outcome, 'init')) callHook(cell);
  });
}

function callHook(cell: Cell): void {
  const { started, restarted } = cell.definition.hooks;
  const restart = cell.extras?.restart ?? null;
  const hook = restart === null ? started : restarted;
  if (hook === undefined) {
    startChildren(cell);
    return;
  }
  cell.runHook(hook, [cell.state, cell.context, restart?.error], (outcome) => {
    if (mayGoOn(cell, outcome, 'hook')) startChildren(cell);
  });
}

function startChildren(cell: Cell): void {
  if (cell.definition.supervision.children.length === 0) {
    cell.startedUp();
    return;
  }
  cell.ownSupervisor().startDeclared(() => {
    if (cell.phase === 'starting') cell.startedUp();
  });
}

function mayGoOn(
  cell: Cell,
  outcome: HookOutcome,
  during: 'init' | 'hook',
): outcome is Extract<HookOutcome, { failed: false }> {
  if (cell.phase !== 'starting') return false;
  if (outcome.failed) cell.fail(outcome.error, during);
  return !outcome.failed;
}
