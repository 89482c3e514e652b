/**
 * The leases of one host, by owner and slot. Owns the views on other hosts' pages; holds that a signal
 * reaches the line it is meant for and that nothing of a dead host's pages is used again. Called by the
 * host's loop, on its own thread; must not know actors or messages.
 */
import { pageOf } from './layout.ts';
import { Lease } from './lease.ts';
import type { CreditPort } from './ports.ts';
import type { SharedWords } from './shared-words.ts';
import { Stocks } from './stocks.ts';

/**
 * Finds a page that `owner` made; it is known before the first message that names one of its slots.
 */
export type FindPage = (owner: number, page: number) => SharedWords;

/** Who hears that credit came: whoever has an `Outbound`. */
export interface GrantListener {
  /** Credit came, or the lease is closed: serve what waits. */
  granted(): void;
}

interface LeaseEntry {
  readonly lease: Lease;
  readonly listener: GrantListener;
}

/** All leases of one host. */
export class LeaseTable {
  readonly #self: number;
  readonly #port: CreditPort;
  readonly #findPage: FindPage;
  readonly #stocks = new Stocks();
  /** By owner, by slot. A closed lease stays until its slot is given again: late signals are still for it. */
  readonly #entries: (LeaseEntry | undefined)[][] = [];

  constructor(self: number, port: CreditPort, findPage: FindPage) {
    this.#self = self;
    this.#port = port;
    this.#findPage = findPage;
  }

  /**
   * The lease on a slot that its owner has given to this host. A `grant` signal for the slot goes to
   * `listener` from now on; an earlier generation's listener for the same slot is forgotten.
   */
  open(owner: number, slot: number, generation: number, listener: GrantListener): Lease {
    const words = this.#findPage(owner, pageOf(slot));
    const lease = new Lease(words, owner, slot, this.#self, generation, this.#port, this.#stocks);
    const entries = (this.#entries[owner] ??= []);
    entries[slot]?.lease.supersede();
    entries[slot] = { lease, listener };
    return lease;
  }

  /** A `grant` signal came from `owner`. */
  granted(owner: number, slot: number): void {
    const entry = this.#entries[owner]?.[slot];
    if (entry === undefined) return;
    // On the slot that the signal names, even if the listener has moved on to another one: the next user of
    // this slot would never be told of its credit.
    entry.lease.acknowledge();
    entry.listener.granted();
  }

  /** Returns what the leases have drawn ahead. Call at the end of every pass in which messages were sent. */
  endOfPass(): void {
    this.#stocks.drain();
  }

  /** Forgets all leases on a host that died. Its next incarnation shares pages of its own. */
  forget(owner: number): void {
    for (const entry of this.#entries[owner] ?? []) entry?.lease.forfeit();
    this.#entries[owner] = [];
  }
}
