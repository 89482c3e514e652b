/**
 * All memory that the hosts of one system share, made before the first of them starts: a ring for each
 * ordered pair, a doorbell for each host, the lease pages of each host, the counter of ids. Owns the sizes
 * and the places; must not know what is written there. Pages of memory that nobody touches cost nothing, so
 * what might be needed is laid out at once and nothing has to be handed over while the system runs.
 */
import { pageWords, type SharedWords, SLOTS_PER_PAGE } from '@millrace/core/credit';
import { LEASE_SLOTS_MAX } from '../limits.ts';
import { APART_WORDS } from '../ring/apart.ts';
import { createDoorbells } from '../ring/doorbell.ts';
import { ACCOUNT_WORDS, receivedWords } from './host-account.ts';
import { LOAD_WORDS } from './host-load.ts';
import { AtomicWords, attachLinkMemory, createLinkMemory, type LinkMemory } from '../ring/link-memory.ts';

/** Ids that a host takes from the shared counter at a time. */
const IDS_PER_BLOCK = 4_096;

/** What is known of a host: it lives, it will be started again, or it will not. */
export const LIFE = { dead: 0, lives: 1, givenUp: 2 } as const;

/** What is handed to each host. Shared memory only: it goes into `workerData` as it is. */
export interface SharedMemory {
  readonly hosts: number;
  /** By sending host, then by receiving host; the diagonal is empty. */
  readonly rings: readonly (readonly (SharedArrayBuffer | null)[])[];
  readonly doorbells: Int32Array;
  /** By owner. */
  readonly leases: readonly SharedArrayBuffer[];
  readonly ids: Int32Array;
  /** By host, one of {@link LIFE}. Written by the main thread. */
  readonly alive: Int32Array;
  /** By host: how often its end was settled with all others. Written by the main thread. */
  readonly losses: Int32Array;
  /** By host, at {@link beatAt}: counts the cycles of its loop, so that a host which is stuck can be told from one that works. */
  readonly beats: Int32Array;
  /** By host, {@link LOAD_WORDS} each: what it says of its load. See `host-load.ts`. */
  readonly loads: Int32Array;
  /** By host: what is known of its messages when it died. See `host-account.ts`. */
  readonly accounts: Float64Array;
  /** By host, then by the host that sent: user messages taken. See `host-account.ts`. */
  readonly received: Float64Array;
}

/**
 * Makes the memory of a system.
 *
 * @param leaseSlots actors of one host that other hosts may address at the same time
 * @throws ERR_OPTION_INVALID for a ring that cannot be
 */
export function createSharedMemory(
  hosts: number,
  ringBytes: number,
  leaseSlots: number = LEASE_SLOTS_MAX,
): SharedMemory {
  const each = Array.from({ length: hosts }, (_, host) => host);
  const leaseBytes = Math.ceil(leaseSlots / SLOTS_PER_PAGE) * pageWords(hosts) * 4;
  const ids = new Int32Array(new SharedArrayBuffer(4));
  ids[0] = 1;
  return {
    hosts,
    rings: each.map((from) => each.map((to) => (from === to ? null : createLinkMemory(ringBytes).buffer))),
    doorbells: createDoorbells(hosts),
    leases: each.map(() => new SharedArrayBuffer(leaseBytes)),
    ids,
    alive: new Int32Array(new SharedArrayBuffer(hosts * 4)).fill(LIFE.lives),
    losses: new Int32Array(new SharedArrayBuffer(hosts * 4)),
    beats: new Int32Array(new SharedArrayBuffer(hosts * APART_WORDS * 4)),
    loads: new Int32Array(new SharedArrayBuffer(hosts * LOAD_WORDS * 4)),
    accounts: new Float64Array(new SharedArrayBuffer(hosts * ACCOUNT_WORDS * 8)),
    received: new Float64Array(new SharedArrayBuffer(hosts * receivedWords(hosts) * 8)),
  };
}

/** Index of a host's beat. */
export function beatAt(host: number): number {
  return host * APART_WORDS;
}

/** The ring from one host to another. */
export function ringMemory(memory: SharedMemory, from: number, to: number): LinkMemory {
  return attachLinkMemory(memory.rings[from]?.[to] as SharedArrayBuffer);
}

/** One page of a host's leases. */
export function leasePage(memory: SharedMemory, owner: number, page: number): SharedWords {
  const words = pageWords(memory.hosts);
  const buffer = memory.leases[owner] as SharedArrayBuffer;
  return new AtomicWords(new Int32Array(buffer, page * words * 4, words));
}

/** Ids that no other host of the system hands out. */
export function idSource(memory: SharedMemory): () => number {
  let next = 0;
  let end = 0;
  return () => {
    if (next === end) {
      next = Atomics.add(memory.ids, 0, IDS_PER_BLOCK);
      end = next + IDS_PER_BLOCK;
    }
    next += 1;
    return next - 1;
  };
}
