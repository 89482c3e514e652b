/**
 * What must hold in every run of the protocol simulator, looked at after each step. Owns the record of what
 * was seen; holds nothing of the protocol's own state, so that it cannot share its mistakes. Rules are named
 * by the numbers of the invariants in `docs/credit-flow.md`. Called by the world and its hosts.
 */
import {
  ANNOUNCED,
  demandAt,
  grantedOf,
  leaseAt,
  type Lender,
  NOTICED,
  OVERDRAFT_MAX_MESSAGES,
  releasesDue,
  sendsOf,
  unspentOf,
  type WaitStep,
} from '@millrace/core/credit';
import { check, type SimLedger, type SimMessage } from './message.ts';
import type { SimCell } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** More senders than this never wait on one host: its actors and its application senders. */
const SENDERS_PER_HOST_MAX = 10;

/** What is known of one lender. */
interface Watched {
  readonly lender: Lender;
  /** Messages received from other hosts in all, and by host. */
  receipts: number;
  readonly receiptsBy: Int32Array;
  /** By host: -1, or how many messages of others had been received when it began to wait. */
  readonly waitingSince: Int32Array;
  /** By host: what it had been granted when it began to wait. */
  readonly grantedThen: Int32Array;
}

/** Counts of what a run went through, to show that it went through much. */
export interface Coverage {
  /** Hosts that died. */
  kills: number;
  /** Steps that other hosts interrupted. */
  preemptions: number;
  /** Times that a cycle of waits was relieved by a slot above a capacity. */
  cycles: number;
  /** Sends and asks that failed to resolve a cycle. */
  victims: number;
  /** Actors that moved to another host. */
  moves: number;
  /** Slots that were closed and became free for another actor. */
  retirements: number;
  /** Times that everything was at rest, and was checked. */
  quiets: number;
  /** Most messages of others that were received while a host waited for its turn. */
  overtakenMax: number;
}

/** Checks of one run. */
export class Oracle {
  readonly coverage: Coverage = {
    kills: 0,
    preemptions: 0,
    cycles: 0,
    victims: 0,
    moves: 0,
    retirements: 0,
    quiets: 0,
    overtakenMax: 0,
  };
  /** Of everything that was handled, where and in which order. */
  hash = 0x811c9dc5;
  readonly #world: SimSurroundings;
  /** By host, by slot. */
  readonly #watched: (Watched | undefined)[][] = [];
  /** By pair: the last sequence number that was handled. */
  readonly #sequences = new Map<number, number>();
  /** By name of the wait: when it began and ended. */
  readonly #waits = new Map<string, { readonly began: number; ended: number }>();
  #moments = 1;

  constructor(world: SimSurroundings) {
    this.#world = world;
    for (let host = 0; host < world.hosts; host += 1) this.#watched.push([]);
  }

  opened(host: number, lender: Lender): void {
    const { hosts } = this.#world;
    (this.#watched[host] as (Watched | undefined)[])[lender.slot] = {
      lender,
      receipts: 0,
      receiptsBy: new Int32Array(hosts),
      waitingSince: new Int32Array(hosts).fill(-1),
      grantedThen: new Int32Array(hosts),
    };
  }

  /** A slot can serve again: nothing of it may be under way. */
  retired(host: number, lender: Lender): void {
    this.coverage.retirements += 1;
    for (let other = 0; other < this.#world.hosts; other += 1) {
      check(
        lender.outstanding(other) === 0,
        'I10 a slot retires when nothing is outstanding',
        () => `slot ${lender.slot}`,
      );
    }
    (this.#watched[host] as (Watched | undefined)[])[lender.slot] = undefined;
  }

  /** A new incarnation of a host has lenders of its own. */
  hostDied(host: number): void {
    this.coverage.kills += 1;
    this.#watched[host] = [];
  }

  handled(host: number, message: SimMessage): void {
    this.hash = Math.imul(this.hash ^ (message.id * 64 + host), 0x01000193);
    const pair = message.from * 65_536 + message.to;
    const last = this.#sequences.get(pair) ?? 0;
    check(
      message.sequence > last,
      'I6 FIFO for each pair',
      () =>
        `message ${message.id}, number ${message.sequence} from ${message.from} to ${message.to}, came after ${last}`,
    );
    this.#sequences.set(pair, message.sequence);
  }

  received(host: number, slot: number, from: number): void {
    const watched = this.#watched[host]?.[slot];
    if (watched === undefined) return;
    watched.receipts += 1;
    watched.receiptsBy[from] = (watched.receiptsBy[from] as number) + 1;
  }

  /** The owner has learnt of a host's demand: from here on others may overtake it only so often. */
  looked(host: number, lender: Lender | undefined, from: number): void {
    const watched = lender === undefined ? undefined : this.#watched[host]?.[lender.slot];
    if (lender === undefined || watched === undefined || !lender.contended) return;
    if ((watched.waitingSince[from] as number) >= 0) return;
    const words = this.#page(host, lender);
    if (sendsOf(words.load(demandAt(lender.slot, from))) === 0) return;
    const lease = words.load(leaseAt(lender.slot, from));
    if (unspentOf(lease) > 0) return;
    watched.waitingSince[from] = watched.receipts - (watched.receiptsBy[from] as number);
    watched.grantedThen[from] = grantedOf(lease);
  }

  reclaimed(host: number, dead: number): void {
    for (const watched of this.#watched[host] as (Watched | undefined)[]) {
      if (watched !== undefined) watched.waitingSince[dead] = -1;
    }
  }

  /** A host goes to sleep: everything that it could give has been offered. */
  sleeps(host: SimHost): void {
    for (const watched of this.#watched[host.index] as (Watched | undefined)[]) {
      if (watched === undefined || watched.lender.state !== 'open') continue;
      const { lender } = watched;
      check(
        lender.pending < releasesDue(lender.pool),
        'I4 grants come before sleep',
        () => `slot ${lender.slot}`,
      );
    }
  }

  relieved(): void {
    this.coverage.cycles += 1;
  }

  waitBegan(wait: WaitStep): void {
    this.#waits.set(nameOf(wait), { began: this.#moments, ended: Number.POSITIVE_INFINITY });
    this.#moments += 1;
  }

  waitEnded(wait: WaitStep): void {
    const times = this.#waits.get(nameOf(wait));
    if (times !== undefined) times.ended = this.#moments;
    this.#moments += 1;
  }

  /** A wait is about to fail: it must be on a cycle whose edges all stood at one moment. */
  victim(path: readonly WaitStep[]): void {
    this.coverage.victims += 1;
    let began = 0;
    let ended = Number.POSITIVE_INFINITY;
    for (const [i, step] of path.entries()) {
      const times = this.#waits.get(nameOf(step));
      check(step.to === path[(i + 1) % path.length]?.from, 'I12 a victim is on a cycle', () => `edge ${i}`);
      check(times !== undefined, 'I12 a victim is on a cycle', () => `edge ${i} never was`);
      began = Math.max(began, times.began);
      ended = Math.min(ended, times.ended);
    }
    check(began < ended, 'I12 a cycle stood at one moment', () => `${path.length} edges`);
  }

  /** After each step of a host that is not in the middle of another one. */
  stepped(host: SimHost): void {
    for (const watched of this.#watched[host.index] as (Watched | undefined)[]) {
      if (watched !== undefined) this.#verify(host.index, watched);
    }
    for (const cell of host.actors.population) checkPool(cell);
    for (const cell of host.actors.population)
      this.#checkParked(cell.sender.parked.size, cell.sender.parkedMax);
    for (const app of host.apps) this.#checkParked(app.parked.size, app.parkedMax);
    for (const route of host.sends.routes) {
      const lease = route?.lease;
      if (lease?.open !== true) continue;
      const waiting = route?.line.size ?? 0;
      check(
        lease.wanted === waiting,
        'I3 the demand is what waits',
        () => `host ${host.index} says ${lease.wanted} and has ${waiting}, for actor ${String(route?.actor)}`,
      );
    }
  }

  #checkParked(parked: number, parkedMax: number): void {
    check(parked <= parkedMax, 'I14 parked sends stay within their bound', () => `${parked} of ${parkedMax}`);
  }

  #verify(host: number, watched: Watched): void {
    const { lender } = watched;
    lender.verify();
    if (lender.state !== 'open') return;
    const bound =
      lender.pool.capacityMessages + OVERDRAFT_MAX_MESSAGES + 2 * this.#world.hosts * SENDERS_PER_HOST_MAX;
    for (const from of lender.attached) {
      const since = watched.waitingSince[from] as number;
      if (since < 0) continue;
      const words = this.#page(host, lender);
      const overtaken = watched.receipts - (watched.receiptsBy[from] as number) - since;
      if (overtaken > this.coverage.overtakenMax) this.coverage.overtakenMax = overtaken;
      check(
        overtaken <= bound,
        'I8 no waiter is overtaken past its bound',
        () => `host ${from} was overtaken ${overtaken} times, bound ${bound}`,
      );
      const served =
        grantedOf(words.load(leaseAt(lender.slot, from))) !== watched.grantedThen[from] ||
        sendsOf(words.load(demandAt(lender.slot, from))) === 0;
      if (served) watched.waitingSince[from] = -1;
    }
  }

  /** Nothing is left to do: nothing may be left over. */
  quiet(hosts: readonly SimHost[], ledger: SimLedger): void {
    this.coverage.quiets += 1;
    for (const host of hosts) {
      for (const watched of this.#watched[host.index] as (Watched | undefined)[]) {
        if (watched !== undefined) this.#checkQuiet(host.index, watched.lender);
      }
      for (const cell of host.actors.population) {
        check(cell.pool.depth === 0, 'I4 everything is handled', () => `actor ${cell.id}`);
        check(cell.line.size === 0 && cell.restful, 'I4 nobody waits', () => `at actor ${cell.id}`);
        if (cell.lender === undefined) {
          check(
            cell.pool.free === cell.pool.capacityMessages,
            'I3 all slots are free',
            () => `actor ${cell.id}`,
          );
        }
      }
      for (const app of host.apps) check(app.parked.size === 0, 'I4 nobody waits', () => `sender ${app.key}`);
      check(host.waits.graph.size === 0, 'I3 no edges are left', () => `host ${host.index}`);
      check(host.peers.heldCount === 0, 'I11 every fence has come', () => `host ${host.index}`);
    }
    const open = ledger.open();
    check(open.length === 0, 'I5 each send settles once', () => `message ${String(open[0]?.id)} has not`);
    check(ledger.offered === ledger.settled, 'I5 the ledger balances', () => JSON.stringify(ledger.fates));
  }

  #checkQuiet(host: number, lender: Lender): void {
    const { pool, slot } = lender;
    const words = this.#page(host, lender);
    let unspent = 0;
    for (let other = 0; other < this.#world.hosts; other += 1) {
      unspent += unspentOf(words.load(leaseAt(slot, other)));
      const demand = words.load(demandAt(slot, other));
      check(sendsOf(demand) === 0, 'I3 no demand is left', () => `host ${host}, slot ${slot}, of ${other}`);
      check(
        (demand & (ANNOUNCED | NOTICED)) === 0,
        'I3 no signal is left',
        () => `host ${host}, slot ${slot}, of ${other}`,
      );
    }
    check(lender.state === 'open', 'I10 a closed slot retires', () => `host ${host}, slot ${slot}`);
    check(pool.overdraft === 0, 'I3 the overdraft is repaid', () => `host ${host}, slot ${slot}`);
    check(
      pool.free + unspent === pool.capacityMessages,
      'I3 free + unspent = capacity',
      () => `host ${host}, slot ${slot}: ${pool.free} + ${unspent} ≠ ${pool.capacityMessages}`,
    );
  }

  #page(host: number, lender: Lender): { load(index: number): number } {
    return this.#world.page(host, this.#world.incarnationOf(host), Math.floor(lender.slot / 256));
  }
}

function nameOf(wait: WaitStep): string {
  return `${wait.host}:${wait.version}`;
}

function checkPool(cell: SimCell): void {
  const { pool } = cell;
  check(
    pool.capacityMessages + pool.overdraft === pool.free + pool.depth + pool.lent && pool.free >= 0,
    'I1 the law',
    () =>
      `actor ${cell.id}: ${pool.capacityMessages}+${pool.overdraft} ≠ ${pool.free}+${pool.depth}+${pool.lent}`,
  );
}
