/**
 * The root of the actor tree: an actor without handlers whose children are the top-level actors. Owns the
 * root cell and stands in for its parent; holds that a failure which nobody below puts right ends here, in
 * the log and as an event, and takes the tree down rather than leaving half of it.
 */
import { ROOT_NAME } from '../address.ts';
import { Cell } from '../actor/cell.ts';
import { cellsBelow } from '../actor/cell-tree.ts';
import type { ParentLink } from '../actor/child.ts';
import { type ErasedDefinition, defineActor } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { FailurePoint } from '../events.ts';
import type { SupervisionOptions } from '../supervision/child-spec.ts';

/** What top-level actors get when nobody says otherwise: each by itself, and a few chances. */
const SUPERVISION_DEFAULT: Omit<SupervisionOptions, 'children'> = {
  intensityPer: 'child',
  intensity: 5,
  periodMs: 10_000,
};

/** The root of one host's tree. */
export class Guardian implements ParentLink {
  readonly name: string = ROOT_NAME;
  readonly parentPath = '';
  readonly depth = 0;
  readonly cell: Cell;
  /** Resolves once the whole tree is gone. */
  readonly gone: Promise<void>;
  readonly #kernel: Kernel;
  #resolveGone!: () => void;

  constructor(kernel: Kernel, supervision: Omit<SupervisionOptions, 'children'> = SUPERVISION_DEFAULT) {
    this.#kernel = kernel;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    const definition = defineActor({ name: 'guardian', init: () => ({}), handlers: {}, supervision });
    this.cell = new Cell(kernel, this, definition as unknown as ErasedDefinition, undefined);
  }

  /** See {@link cellsBelow}. */
  cells(leaf: Cell | null = null): Generator<Cell> {
    return cellsBelow(this.cell, leaf);
  }

  started(): void {
    // Nobody waits for the root.
  }

  failed(error: unknown, _during: FailurePoint): void {
    this.#kernel.ports.log('error', 'a top-level actor could not be put right, so the system stops', {
      error,
    });
    this.cell.signal({ kind: 'stop', reason: 'failed', by: 'order', shutdownMs: 'infinity' });
  }

  halted(): void {
    // The root is never restarted.
  }

  stopped(): void {
    this.#resolveGone();
  }

  requestStop(): void {
    this.cell.signal({ kind: 'stop', reason: 'shutdown', by: 'order', shutdownMs: 'infinity' });
  }
}
