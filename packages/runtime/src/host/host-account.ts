/**
 * What is known of a host's messages when its thread ends: counts that it leaves in shared memory, and the sum
 * that is made of them. Owns the words; holds that each message which a dead host offered or accepted is counted
 * once, also when its other end died too. Written by each host at the end of a turn, read by the main thread.
 *
 * Two kinds of counts, because they must be exact to a different degree. What came from each other host is
 * written at every message: the main thread compares it with what others say they sent. Everything else is written
 * once a turn, `here` first, so that whatever a kill cuts off is counted as lost and never as less than nothing.
 */
import { DROP_REASONS, type Kernel, LedgerTotal, type Node } from '@millrace/core/remote';
import { doublesApart } from '../ring/apart.ts';
import type { SharedMemory } from './shared-memory.ts';

const HERE = 0;
const HANDLED = 1;
const FAILED = 2;
const DEAD_LETTERED = 3;
const REFUSED = 4;
const LETTERS = 5;
const DROPPED_FIRST = 6;

/** Words of one host. */
export const ACCOUNT_WORDS: number = doublesApart(DROPPED_FIRST + DROP_REASONS.length);

/** Words of one host for what it took from each. */
export function receivedWords(hosts: number): number {
  return doublesApart(hosts);
}

/** The counts of one host, as it leaves them behind. */
export class HostAccount {
  readonly #words: Float64Array;
  readonly #kernel: Kernel;
  readonly #node: Node;
  #changes = 0;

  constructor(memory: SharedMemory, node: Node) {
    this.#words = accountOf(memory, node.self);
    this.#kernel = node.kernel;
    this.#node = node;
  }

  /** Writes down what has changed. Call once a turn. */
  write(): void {
    const words = this.#words;
    const { losses, handled, deadLetters } = this.#kernel;
    words[HERE] = this.#node.acceptedHere;
    words[HANDLED] = handled;
    words[LETTERS] = deadLetters.count;
    if (losses.changes === this.#changes) return;
    this.#changes = losses.changes;
    words[FAILED] = losses.failed;
    words[DEAD_LETTERED] = losses.deadLettered;
    words[REFUSED] = losses.refused;
    for (let i = 0; i < DROP_REASONS.length; i += 1)
      words[DROPPED_FIRST + i] = losses.dropped[DROP_REASONS[i] as (typeof DROP_REASONS)[number]] ?? 0;
  }
}

/** What the main thread knows of hosts that died, and of what they had taken from each other. */
export class LossAccounts {
  readonly ledger: LedgerTotal = new LedgerTotal();
  /** Dead letters of hosts that died. */
  deadLetters = 0;
  readonly #memory: SharedMemory;
  /** By host: messages that it took from hosts which died since. They are accounted for as offered. */
  readonly #fromDead: number[];
  /** By host: messages that hosts which died since took from it. They are accounted for as accepted. */
  readonly #toDead: number[];

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#fromDead = Array.from({ length: memory.hosts }, () => 0);
    this.#toDead = Array.from({ length: memory.hosts }, () => 0);
  }

  /**
   * Settles the account of a host that died. Every host that lives has taken what came from it, and taken back what
   * it had not taken.
   *
   * @param takenFrom by host that lives: messages that the dead host took from it
   * @param between messages that lay between the dead host and others that are dead too, in either direction
   */
  settle(host: number, takenFrom: ReadonlyMap<number, number>, between: number): void {
    const { ledger } = this;
    const words = accountOf(this.#memory, host);
    const here = words[HERE] as number;
    let accepted = here + (this.#fromDead[host] as number);
    ledger.offered += here + between + (this.#toDead[host] as number);
    ledger.accepted += between;
    ledger.lostWithHost += between;
    this.#fromDead[host] = 0;
    this.#toDead[host] = 0;
    for (let other = 0; other < this.#memory.hosts; other += 1) {
      const taken = takenFrom.get(other);
      const came = this.#takeReceived(host, other);
      // A host that died too says nothing, and what it had offered is in no other account.
      if (taken === undefined) ledger.offered += came;
      else this.#toDead[other] = (this.#toDead[other] as number) + taken;
      accepted += taken ?? came;
      const went = this.#takeReceived(other, host);
      ledger.offered += went;
      this.#fromDead[other] = (this.#fromDead[other] as number) + went;
    }
    ledger.accepted += accepted;
    ledger.handled += words[HANDLED] as number;
    ledger.failed += words[FAILED] as number;
    ledger.deadLettered += words[DEAD_LETTERED] as number;
    ledger.offered += words[REFUSED] as number;
    ledger.refused += words[REFUSED] as number;
    let settled = (words[HANDLED] as number) + (words[FAILED] as number) + (words[DEAD_LETTERED] as number);
    for (const [i, reason] of DROP_REASONS.entries()) {
      const dropped = words[DROPPED_FIRST + i] as number;
      settled += dropped;
      if (dropped > 0) ledger.dropped[reason] = (ledger.dropped[reason] ?? 0) + dropped;
    }
    ledger.lostWithHost += accepted - settled;
    this.deadLetters += words[LETTERS] as number;
    words.fill(0);
  }

  #takeReceived(by: number, from: number): number {
    const received = receivedBy(this.#memory, by);
    const count = received[from] as number;
    received[from] = 0;
    return count;
  }
}

/** Messages that a host took, by the host that sent them. */
export function receivedBy(memory: SharedMemory, host: number): Float64Array {
  const from = host * receivedWords(memory.hosts);
  return memory.received.subarray(from, from + memory.hosts);
}

function accountOf(memory: SharedMemory, host: number): Float64Array {
  return memory.accounts.subarray(host * ACCOUNT_WORDS, (host + 1) * ACCOUNT_WORDS);
}
