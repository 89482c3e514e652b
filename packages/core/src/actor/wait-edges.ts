/**
 * Which actors of this host wait for which, so that full mailboxes that wait for each other do not hang. Owns
 * the actors that were muted of late, the waits it told the wait graph of, and one timer; holds that a send which
 * settles soon costs next to nothing, and that every cycle is told as an event and in the error of the send that
 * fails for it. Cells say when they are muted; the wait graph decides; probes of other hosts come in through {@link WaitEdges.receive} and leave through {@link RemoteWaits}.
 *
 * An actor waits when it has parked sends, for then it is given no message. One that still handles more
 * messages than it has parked sends may free slots without them, and counts as waiting only later. A wait
 * for the reply to an ask is no edge: an ask has a deadline, and ends by itself.
 */
import { type Address, formatAddress } from '../address.ts';
import { type Wait, WaitGraph, type WaitProbe, type WaitStep } from '../credit/wait-graph.ts';
import { MillraceError } from '../errors.ts';
import type { SystemEvents } from '../events.ts';
import { assert } from '../lib/assert.ts';
import { WAIT_EDGE_CHASE_AFTER_MS } from '../limits.ts';
import type { Timer } from '../ports.ts';
import type { Cell } from './cell.ts';
import type { Kernel } from './kernel.ts';
import type { ParkedSend } from './parked-send.ts';

/** What the waits of one host need of a system of many. */
export interface RemoteWaits {
  /** This host. */
  readonly self: number;
  /** How often this host was started. */
  readonly incarnation: number;
  /** Host of an actor; undefined when it is gone or unknown. */
  hostOf(actor: number): number | undefined;
  /** Where an actor of another host lives, as far as it is known here. */
  addressOf(actor: number): Address;
  /** Sends a probe to another host; a lost one is sent again later. */
  post(toHost: number, probe: WaitProbe): void;
}

const ALONE: RemoteWaits = {
  self: 0,
  incarnation: 1,
  hostOf: () => 0,
  addressOf: (id) => ({ path: '', id }),
  post: () => undefined,
};

/** The waits of one host. */
export class WaitEdges {
  readonly #kernel: Kernel;
  #remote: RemoteWaits = ALONE;
  #graph: WaitGraph;
  /** Actors with parked sends, and those that had some since the last tick; each says itself that it is here. */
  #suspects: Cell[] = [];
  /** Sends whose waits the graph knows, by version. */
  readonly #sends = new Map<number, ParkedSend>();
  #timer: Timer | null = null;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#graph = this.#newGraph();
  }

  /** Makes this one host of many. Call it before the first actor waits. */
  connect(remote: RemoteWaits): void {
    assert(this.#sends.size === 0, 'a host knows the others before its first wait');
    this.#remote = remote;
    this.#graph = this.#newGraph();
  }

  /** A probe came from another host. */
  receive(probe: WaitProbe): void {
    this.#graph.receive(probe);
  }

  /** Actors with parked sends. O(actors that had some at the last tick or since). */
  get mutedActors(): number {
    return this.#suspects.reduce((count, cell) => count + (cell.parkedSends > 0 ? 1 : 0), 0);
  }

  /** The first send of an actor was parked. That its last has settled is seen at the next tick. */
  muted(cell: Cell): void {
    const extras = cell.ownExtras();
    if (extras.suspected) return;
    extras.suspected = true;
    this.#suspects.push(cell);
    this.#timer ??= this.#kernel.ports.clock.setTimer(this.#tick, WAIT_EDGE_CHASE_AFTER_MS);
  }

  /** A send that the graph knows of has settled. */
  ended(wait: Wait): void {
    this.#sends.delete(wait.version);
    this.#graph.end(wait);
  }

  /** Stops the timer: nothing runs any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  readonly #tick = (): void => {
    this.#timer = null;
    const nowMs = this.#kernel.ports.clock.now();
    this.#suspects = this.#suspects.filter((cell) => {
      const extras = cell.ownExtras();
      extras.suspected = cell.parkedSends > 0;
      return extras.suspected;
    });
    if (this.#suspects.length === 0) return;
    for (const cell of this.#suspects) this.#addWaitsOf(cell, nowMs);
    this.#graph.tick(nowMs);
    if (this.#suspects.length > 0) {
      this.#timer ??= this.#kernel.ports.clock.setTimer(this.#tick, WAIT_EDGE_CHASE_AFTER_MS);
    }
  };

  #addWaitsOf(cell: Cell, nowMs: number): void {
    if (cell.running > cell.parkedSends) return;
    for (const send of cell.extras?.parked ?? []) {
      if (send.wait !== null || nowMs - send.sinceMs < WAIT_EDGE_CHASE_AFTER_MS) continue;
      send.wait = this.#graph.begin(cell.id, send.recipient.id, 'send', send.sinceMs);
      this.#sends.set(send.wait.version, send);
    }
  }

  #newGraph(): WaitGraph {
    const remote = this.#remote;
    return new WaitGraph({
      self: remote.self,
      incarnation: remote.incarnation,
      hostOf: (actor) => remote.hostOf(actor),
      post: (toHost, probe) => remote.post(toHost, probe),
      overdraft: (wait, path) => this.#overdraft(wait, path),
      fail: (wait, path) => this.#fail(wait, path),
    });
  }

  #overdraft(wait: Wait, path: readonly WaitStep[]): void {
    const send = this.#sends.get(wait.version);
    if (send?.recipient.admitOverdraft(send.sender) === true) this.#tell(path, 'overdraft');
  }

  #fail(wait: Wait, path: readonly WaitStep[]): void {
    const send = this.#sends.get(wait.version);
    if (send === undefined) return;
    const actors = this.#tell(path, 'failed');
    const circle = [...actors, ...actors.slice(0, 1)].map(formatAddress).join(' -> ');
    send.recipient.giveUp(
      send,
      new MillraceError('ERR_DEADLOCK', { path: circle, handler: send.handler.name }),
    );
  }

  #tell(path: readonly WaitStep[], resolution: SystemEvents['deadlock']['resolution']): readonly Address[] {
    const actors = path.map(({ from, host, version }) => {
      const here = host === this.#remote.self ? this.#sends.get(version)?.sender.senderAddress : undefined;
      return here ?? this.#remote.addressOf(from);
    });
    const { events } = this.#kernel;
    if (events.wants('deadlock')) events.emit('deadlock', { path: actors, resolution });
    return actors;
  }
}
