/**
 * What a node needs of the host around it, and what it tells that host. Owns nothing: these are the words between
 * the two, so that the parts of a node and who makes one do not have to know each other.
 */
import type { ErasedDefinition } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { FindPage } from '../credit/lease-table.ts';
import type { MakePage } from '../credit/lender-table.ts';
import type { HostLoad } from '../keyed/placer.ts';
import type { Link } from './protocol.ts';

/** What a node is made of. */
export interface NodeOptions {
  readonly kernel: Kernel;
  /** This host's number; 0 is the main thread. */
  readonly self: number;
  /** Hosts of the system, this one included. */
  readonly hosts: number;
  readonly makePage: MakePage;
  readonly findPage: FindPage;
  /** The definition of that name. @throws when there is none */
  readonly definition: (name: string) => ErasedDefinition;
  /** The way to a host; made on first use. */
  readonly link: (host: number) => NodeLink;
  /** Stands where a payload was that could not be decoded. */
  readonly lostPayload: unknown;
  /**
   * User messages taken from each host. Written at every message, in memory that outlives this host, and set back
   * by whoever settles the account of a host that died.
   */
  readonly received: Float64Array;
  /** How often this host was started, this time included. */
  readonly incarnation: number;
  /** By host: how often its end was settled before this host began. */
  readonly losses: Int32Array;
  /** What a host says of its load. */
  readonly loadOf: (host: number) => HostLoad;
  /** A host that lives, for an actor whose own host died. */
  readonly placeAgain: (placement: unknown) => number;
}

/** What a host of which the thread ended leaves behind on this one. */
export interface HostLossReport {
  /** Actors that lived there and whose parents live here: they may be made again. */
  readonly kept: readonly number[];
  /** User messages that went there and were taken there. */
  readonly taken: number;
}

/**
 * A link that can tell how much it holds back. Each time that it could not write out all its rows, `Node.heldBack` is
 * called: until then nobody asks.
 */
export interface NodeLink extends Link {
  /** Rows that are not on their way yet. */
  readonly pending: number;
  /** Writes rows out, as far as there is room. True when some left. */
  push(): boolean;
}
