/** Where the carts of the guide are saved: a file for each key, in the folder that `CARTS` names. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is kept of a cart. */
export interface SavedCart {
  readonly items: string[];
}

const fileOf = (key: string): string => join(process.env['CARTS'] ?? '.', `${encodeURIComponent(key)}.json`);

export const store = {
  /** What was saved last, undefined when nothing was. */
  get: (key: string): Promise<SavedCart | undefined> =>
    readFile(fileOf(key), 'utf8').then(
      (text) => JSON.parse(text) as SavedCart,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      },
    ),
  put: (key: string, cart: SavedCart): Promise<void> => writeFile(fileOf(key), JSON.stringify(cart)),
};
