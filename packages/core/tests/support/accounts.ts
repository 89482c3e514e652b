/** Accounts that are reached by key and saved when they are let go, for the tests of keyed actors. */
import { defineActor } from '../../src/actor/definition.ts';
import type { World } from './world.ts';

/** An account that no message comes to is let go after this long. */
export const IDLE_MS = 100;

/** What a test's actors leave behind when they are let go. */
export interface Vault {
  readonly saved: Map<string, number>;
  lives: number;
}

/** An empty vault. */
export function vault(): Vault {
  return { saved: new Map<string, number>(), lives: 0 };
}

interface Account {
  readonly owner: string;
  balance: number;
}

/** Accounts whose balances live in `kept`. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type of a definition says it all
export function accounts(kept: Vault, save?: (state: Account, key: string) => void | Promise<void>) {
  return defineActor({
    name: 'account',
    mailbox: { capacity: 4 },
    keyed: {
      idleMs: IDLE_MS,
      save:
        save ??
        ((state: Account, key: string): void => {
          kept.saved.set(key, state.balance);
        }),
    },
    init: (owner: string): Account => {
      kept.lives += 1;
      return { owner, balance: kept.saved.get(owner) ?? 0 };
    },
    handlers: {
      deposit(state, amount: number) {
        state.balance += amount;
      },
      balance: (state) => state.balance,
      self: (_state, _: undefined, ctx) => ctx.self,
      fail() {
        throw new Error('boom');
      },
      leave: (_state, _: undefined, ctx) => ctx.stop(),
    },
  });
}

/** Keyed actors that live now. */
export function instances(world: World): number {
  return world.system.keyedHost.holder.instances.size;
}
