/**
 * Walks the actors below one, on one host. Owns nothing; holds that an actor comes before its children and
 * that those which have stopped are left out. Called for accounts and inspection, never per message.
 */
import { Cell } from './cell.ts';

/**
 * Every actor of this host below `root`, parents before children.
 *
 * @param leaf one whose children are left out
 */
export function* cellsBelow(root: Cell, leaf: Cell | null = null): Generator<Cell> {
  const rest: Cell[] = [root];
  for (let cell = rest.pop(); cell !== undefined; cell = rest.pop()) {
    for (const child of cell.supervisor?.children ?? []) {
      if (!(child.target instanceof Cell) || child.target.phase === 'stopped') continue;
      yield child.target;
      if (child.target !== leaf) rest.push(child.target);
    }
  }
}
