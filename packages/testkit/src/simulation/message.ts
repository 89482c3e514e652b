/**
 * Messages of the protocol simulator and the account of where each went. Owns the fate of every message;
 * holds that each has exactly one. Called by cells, routes and hosts; must not know the credit protocol.
 */

/** A broken promise of the protocol, found by the simulator. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Throws unless `condition` holds. `rule` names the invariant by its number in `docs/credit-flow.md`. */
export function check(condition: boolean, rule: string, detail: () => string): asserts condition {
  if (!condition) throw new Violation(`${rule}: ${detail()}`);
}

/** Marks a switch as exhaustive. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${String(value)}`);
}

/** Where a message may end. */
export const FATES = [
  'handled',
  'failed', // its handler failed
  'evicted', // dropped for a newer one
  'dropped', // dropped at the sender
  'refused', // the sender was told
  'dead', // the receiver was gone
  'lost', // with the host that had it
] as const;

/** One of {@link FATES}. */
export type Fate = (typeof FATES)[number];

/** One send. */
export class SimMessage {
  readonly id: number;
  /** Key of the sender. */
  readonly from: number;
  /** Id of the actor it is for. */
  readonly to: number;
  /** Counts the sends of this pair. */
  readonly sequence: number;
  /** Further hops that it may cause. */
  readonly hops: number;
  /** Set for an ask: what the reply must name. */
  readonly ask: SimAsk | undefined;
  fate: Fate | undefined;
  /** Host whose memory has it; -1 while it is on the wire, which survives both ends. */
  at: number;

  constructor(
    id: number,
    from: number,
    to: number,
    sequence: number,
    hops: number,
    at: number,
    ask?: SimAsk,
  ) {
    this.id = id;
    this.from = from;
    this.to = to;
    this.sequence = sequence;
    this.hops = hops;
    this.ask = ask;
    this.at = at;
  }
}

/** An ask that is open: who waits for its reply, on which host, and until when. */
export interface SimAsk {
  readonly id: number;
  readonly host: number;
}

/** The account of one run. */
export class SimLedger {
  readonly fates: Record<Fate, number> = {
    handled: 0,
    failed: 0,
    evicted: 0,
    dropped: 0,
    refused: 0,
    dead: 0,
    lost: 0,
  };
  /** Messages without a fate, or a superset of them. */
  #open: SimMessage[] = [];
  #offered = 0;

  /** Sends made. */
  get offered(): number {
    return this.#offered;
  }

  /** A send was made. */
  offer(message: SimMessage): void {
    this.#offered += 1;
    this.#open.push(message);
    if (this.#open.length > 64 && this.#open.length > this.#offered - this.settled + 256) this.#compact();
  }

  /** A message has come to its end. */
  settle(message: SimMessage, fate: Fate): void {
    check(
      message.fate === undefined,
      'I5 each send settles once',
      () => `message ${message.id} was ${String(message.fate)} and is ${fate} now`,
    );
    message.fate = fate;
    this.fates[fate] += 1;
  }

  /** Messages that have come to their end. */
  get settled(): number {
    const { handled, failed, evicted, dropped, refused, dead, lost } = this.fates;
    return handled + failed + evicted + dropped + refused + dead + lost;
  }

  /** A host died: what only its memory had is lost. */
  lose(host: number): void {
    for (const message of this.#open) {
      if (message.fate === undefined && message.at === host) this.settle(message, 'lost');
    }
    this.#compact();
  }

  /** Messages that have not come to their end. */
  open(): readonly SimMessage[] {
    this.#compact();
    return this.#open;
  }

  #compact(): void {
    this.#open = this.#open.filter((message) => message.fate === undefined);
  }
}
