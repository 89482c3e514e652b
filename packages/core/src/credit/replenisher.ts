/**
 * Who gets the free slots of one mailbox: those who wait, in turns, and then, ahead of need, whoever used what it
 * had. Owns the line of hosts that wait and the windows of all; decides by `replenish.ts` and carries out through the
 * loans. Holds that nobody is granted ahead of need while somebody waits. Called by the lender, for grants only while
 * its slot is open, on the owner's thread; must not know generations.
 */
import { sendersOf, sendsOf } from './layout.ts';
import type { Loans } from './loans.ts';
import type { LocalLine, SlotPool } from './ports.ts';
import { firstWindow, nextWindow, Round } from './replenish.ts';

/** What all replenishers of one host share: scratch by host for one deal. */
export interface ReplenisherHost {
  /** This host. */
  readonly self: number;
  /** Credits that it could use. Zero between calls. */
  readonly needs: Int32Array;
  /** Senders that wait there. */
  readonly weights: Int32Array;
  /** Credits that it gets. Zero between calls. */
  readonly dealt: Int32Array;
}

/** Deals the free slots of one mailbox. */
export class Replenisher {
  readonly #host: ReplenisherHost;
  readonly #loans: Loans;
  readonly #pool: SlotPool;
  readonly #local: LocalLine;
  /** Made when somebody waits for the first time: most mailboxes never see that. */
  #round: Round | undefined;

  constructor(host: ReplenisherHost, loans: Loans, local: LocalLine) {
    this.#host = host;
    this.#loans = loans;
    this.#pool = loans.pool;
    this.#local = local;
    this.#pool.contended = false;
  }

  /** Hosts that wait, in the order of their turns; this host among them when its own sends wait. */
  get waiting(): readonly number[] {
    return this.#round?.hosts ?? [];
  }

  /** Credits that the first of them may still take in its turn. */
  get turnRest(): number {
    return this.#round?.rest ?? 0;
  }

  /** Opens the first window of a host that was just attached. */
  welcome(host: number): void {
    const window = firstWindow(this.#pool.capacityMessages, this.#loans.attached.length);
    this.#loans.setWindow(host, window);
    if (!this.#pool.contended) this.#loans.grant(host, Math.min(window, this.#pool.free));
  }

  /** Lets a host wait for its turn. False when it waits already. */
  enter(host: number): boolean {
    this.#round ??= new Round();
    return this.#round.enter(host);
  }

  /** Another host ran dry: it waits for its turn, and its window doubles. */
  ranDry(host: number): void {
    this.enter(host);
    const window = nextWindow(this.#loans.window(host), 0, true, this.#pool.capacityMessages);
    this.#loans.setWindow(host, window);
  }

  /** Begins anew after nothing was granted for a while: whoever has parked sends waits. */
  resume(): void {
    this.#pool.contended = false;
    for (const host of this.#loans.attached) if (this.#loans.sends(host) > 0) this.enter(host);
    if (this.#local.sends > 0) this.enter(this.#host.self);
    this.#loans.setWanted(false);
  }

  /**
   * A quarter of the capacity was used since the last time: what each host used tells what it needs.
   *
   * @param freed slots that came free meanwhile
   */
  adaptWindows(freed: number): void {
    const loans = this.#loans;
    let remote = 0;
    for (const host of loans.attached) {
      const used = loans.takeUsed(host);
      remote += used;
      loans.setWindow(host, nextWindow(loans.window(host), used, false, this.#pool.capacityMessages));
    }
    // What was handled and did not come from elsewhere came from here: as much stays free for this host.
    loans.setWindow(this.#host.self, Math.max(freed - remote, 0));
  }

  /** Grants what is free: first to those who wait; then, if nobody is left waiting, ahead of need. */
  replenish(): void {
    if (this.#round !== undefined && this.#round.hosts.length > 0) this.#serve(this.#round);
    if (this.#pool.overdraft > 0) {
      // Borrowed and not used: a host whose send went away meanwhile gives it back.
      this.#loans.setWanted(true);
      this.#revokeIdle(0);
    }
    if (this.#pool.contended || this.#pool.overdraft > 0) return;
    this.#loans.setWanted(false);
    this.#topUp();
  }

  /** Deals free slots to those who wait, then what idle hosts can spare, then what eviction frees. */
  #serve(round: Round): void {
    const { needs, weights, dealt, self } = this.#host;
    const pool = this.#pool;
    let unmet = this.#readNeeds(round);
    unmet -= round.deal(pool.free, needs, weights, dealt);
    // Before saying that credit is wanted: a host that was dealt some and stops waiting now must have it when its
    // lease is read below, for it may have seen just before that none is wanted.
    this.#grantDealt(round);
    if (unmet > 0) {
      // Before reading the leases: a host that returns credit after we read its lease sees that it is wanted.
      this.#loans.setWanted(true);
      const free = pool.free;
      this.#revokeIdle(unmet);
      const short = unmet - (pool.free - free);
      if (short > 0) this.#local.evict(short);
      unmet -= round.deal(pool.free - free, needs, weights, dealt);
      this.#grantDealt(round);
    }
    pool.contended = unmet > 0;
    const local = dealt[self] as number;
    for (const host of round.hosts) needs[host] = 0;
    dealt[self] = 0;
    // Last, with the scratch arrays empty: a sender that goes on may free slots, here and in other mailboxes.
    if (local > 0) this.#local.admit(local);
  }

  /** Grants what the other hosts were dealt. What this host was dealt stays free until it is let in. */
  #grantDealt(round: Round): void {
    const { dealt, self } = this.#host;
    for (const host of round.hosts) {
      const count = dealt[host] as number;
      if (count === 0 || host === self) continue;
      dealt[host] = 0;
      this.#loans.grant(host, count);
    }
  }

  /** Writes down what each waiting host could use, and lets those go that wait no more. Returns the sum. */
  #readNeeds(round: Round): number {
    const { needs, weights, self } = this.#host;
    const waiting = round.hosts;
    let sum = 0;
    for (let i = waiting.length - 1; i >= 0; i -= 1) {
      const host = waiting[i] as number;
      const local = host === self;
      const demand = local ? 0 : this.#loans.demand(host);
      const sends = local ? this.#local.sends : sendsOf(demand);
      if (sends === 0) {
        round.leave(host);
        continue;
      }
      const unspent = local ? 0 : this.#loans.unspent(host);
      const need = Math.max(sends - unspent, 0);
      needs[host] = need;
      weights[host] = Math.max(local ? this.#local.senders : sendersOf(demand), 1);
      sum += need;
    }
    return sum;
  }

  /** Fills the windows of hosts that used up a quarter of theirs. Leaves this host's own window in `free`. */
  #topUp(): void {
    const loans = this.#loans;
    const attached = loans.attached;
    let spare = this.#pool.free - loans.window(this.#host.self);
    for (let i = 0; i < attached.length && spare > 0; i += 1) {
      const host = attached[i] as number;
      const window = loans.window(host);
      const enough = window - (window >> 2);
      // What is outstanding is unspent or under way: a look that costs nothing, before one at shared memory.
      if (loans.outstanding(host) >= window) continue;
      const unspent = loans.unspent(host);
      if (unspent >= enough && unspent > 0) continue;
      const count = Math.min(window - unspent, spare);
      loans.grant(host, count);
      spare -= count;
    }
  }

  /** Takes credit back from hosts that have nothing parked, until `count` more slots are free and none is borrowed. */
  #revokeIdle(count: number): void {
    const pool = this.#pool;
    const loans = this.#loans;
    const goal = pool.free + count;
    for (const host of loans.attached) {
      const missing = goal - pool.free + pool.overdraft;
      if (missing <= 0) return;
      if (loans.sends(host) > 0) continue;
      const taken = loans.revoke(host, missing);
      if (taken > 0) loans.setWindow(host, loans.window(host) >> 1);
    }
  }
}
