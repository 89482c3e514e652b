/**
 * One host among others: the node that its rows come in and go out by. Owns the making of its parts, which each own
 * one thing: the rows out, the actors known, where those of other hosts are, the children, the asks, the messages
 * that come. Holds that each row finds the one it is for or is counted as nobody's. Driven by the host's loop, which
 * hands it rows and tells it when a batch ends; must not know rings, threads or codecs.
 */
import type { Address } from '../address.ts';
import { Ref } from '../actor/actor-ref.ts';
import type { Ask } from '../actor/ask.ts';
import { Cell } from '../actor/cell.ts';
import type { ChildTarget, ParentLink, Signal } from '../actor/child.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { LedgerTotal } from '../actor/ledger.ts';
import type { Origin } from '../actor/recipient.ts';
import { ORIGIN } from '../actor/sender.ts';
import type { RemoteWaits } from '../actor/wait-edges.ts';
import { type GrantListener, LeaseTable } from '../credit/lease-table.ts';
import type { Lease } from '../credit/lease.ts';
import { LenderTable } from '../credit/lender-table.ts';
import type { CreditPort, CreditSignal } from '../credit/ports.ts';
import type { WaitProbe } from '../credit/wait-graph.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import { KeyedRecipient } from '../keyed/keyed-recipient.ts';
import { KEYED_ROW_FIRST, type KeyedWays, type Stallable } from '../keyed/keyed-words.ts';
import type { HostLoad } from '../keyed/placer.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import { type ActorView, type OutboundWait, waitsFor } from '../system/inspect.ts';
import { ActorTable } from './actor-table.ts';
import { Arrivals } from './arrivals.ts';
import { Children } from './children.ts';
import { GRANT_PUSHES_PER_PASS_MAX } from '../limits.ts';
import { hostLost, hostSettled, type NodeParts, recipientsBySlot, workersGivenUp } from './host-loss.ts';
import type { HostLossReport, NodeOptions } from './node-options.ts';
import { OpenAsks } from './open-asks.ts';
import {
  type RefWords,
  type ReportWords,
  ROW,
  type Rows,
  type SpawnWords,
  STOP_REASONS,
} from './protocol.ts';
import { readRef, writeRef } from './refs-in-rows.ts';
import { RemoteSenders } from './remote-origin.ts';
import { type RemoteHost, RemoteRecipient } from './remote-recipient.ts';
import { type ReturnTarget, takeBackRows } from './returned-rows.ts';
import { RowsOut, taken } from './rows-out.ts';
import { Whereabouts } from './whereabouts.ts';

/** Generations that one incarnation of a host may give to a slot. */
const GENERATIONS_PER_INCARNATION = 65_536;

/** The node of one host. */
export class Node implements RemoteHost, CreditPort, RemoteWaits, KeyedWays {
  readonly kernel: Kernel;
  readonly self: number;
  readonly lenders: LenderTable;
  readonly leases: LeaseTable;
  /** Rows that were for nobody: late ones of what is gone, or of a host that went wrong. */
  strayRows = 0;
  readonly #options: NodeOptions;
  readonly #keyed: KeyedHost;
  readonly #out: RowsOut;
  readonly #actors: ActorTable;
  readonly #whereabouts: Whereabouts;
  readonly #children: Children;
  readonly #asks: OpenAsks;
  readonly #senders: RemoteSenders;
  readonly #arrivals: Arrivals;
  readonly #parts: NodeParts;
  /** Frames that left in this pass ahead of its end, because they held a grant. */
  #grantPushes = 0;

  constructor(options: NodeOptions) {
    const { kernel, self, hosts, incarnation, definition, placeAgain } = options;
    this.#options = options;
    this.kernel = kernel;
    this.self = self;
    const firstGeneration = (incarnation - 1) * GENERATIONS_PER_INCARNATION + 1;
    const lenders = new LenderTable(self, hosts, this, options.makePage, firstGeneration);
    const leases = new LeaseTable(self, this, options.findPage);
    const keyed = kernel.keyed as KeyedHost;
    const out = new RowsOut(self, hosts, options.link);
    const actors = new ActorTable({ out, lenders, keyed, definition, node: this });
    const whereabouts = new Whereabouts({ kernel, out, actors, leases }, options.losses);
    const children = new Children({
      out,
      actors,
      whereabouts,
      placeAgain,
      make: (parent, { actor, args }, id) => new Cell(kernel, parent, definition(actor), args, id),
    });
    const asks = new OpenAsks(options.lostPayload);
    this.lenders = lenders;
    this.leases = leases;
    this.#keyed = keyed;
    this.#out = out;
    this.#actors = actors;
    this.#whereabouts = whereabouts;
    this.#children = children;
    this.#asks = asks;
    this.#senders = new RemoteSenders(actors);
    this.#arrivals = new Arrivals(options, lenders, actors, this.#senders);
    this.#parts = { out, lenders, leases, keyed, actors, whereabouts, asks, children };
    if (hosts > 1) kernel.waits.connect(this);
    keyed.join(this);
  }

  /** See `RemoteWaits`. */
  get incarnation(): number {
    return this.#options.incarnation;
  }

  // The account.

  /** User messages to all hosts that live. */
  get sent(): number {
    return this.#out.total;
  }

  /** User messages from all hosts that live. */
  get received(): number {
    return this.#arrivals.received;
  }

  /** Messages that actors of this host accepted from senders of this host. */
  get acceptedHere(): number {
    return this.kernel.accepted - this.#arrivals.count;
  }

  /**
   * Adds what was refused or waits on this host for actors of other hosts, and what was offered to them; and the
   * account of the actors that live here below parents elsewhere.
   */
  addTo(total: LedgerTotal): void {
    this.#children.addTo(total);
    for (const recipient of this.#actors.allElsewhere()) total.add(recipient.ledger());
  }

  /** The actors that live here below parents elsewhere; those with parents here the system shows. */
  inspect(): ActorView[] {
    return this.#children.inspect();
  }

  /** The actors of other hosts for which sends of this host wait, and whose sends those are; but for those by key. */
  waits(): OutboundWait[] {
    return waitsFor(this.#actors.allElsewhere());
  }

  // Refs.

  /** What to send for a ref in a message to `toHost`; the host may then send to the actor at once. */
  writeRef(ref: unknown, toHost: number): RefWords {
    return writeRef(this.#parts, ref, toHost);
  }

  /** The ref that came in a message from a host. @throws when the words make no sense */
  readRef(words: unknown, from: number): ActorRef {
    return readRef(this.#parts, words, from);
  }

  /** The host that the actor behind a ref, or with that id, lives on; undefined when the id is not known here. */
  hostOf(ref: number): number | undefined;
  hostOf(ref: object): number;
  hostOf(ref: object | number): number | undefined {
    if (typeof ref === 'number') {
      const elsewhere = this.#actors.elsewhere(ref)?.host;
      return elsewhere ?? (this.#actors.here(ref) === undefined ? undefined : this.self);
    }
    const recipient = Ref.recipientOf(ref);
    if (recipient instanceof KeyedRecipient) return recipient.host < 0 ? this.self : recipient.host;
    return recipient instanceof RemoteRecipient ? recipient.host : this.self;
  }

  /** See `RemoteWaits`. */
  addressOf(actor: number): Address {
    return this.#actors.addressFor(actor) ?? { path: '', id: actor };
  }

  // Out: see `RemoteHost`, `KeyedWays` and `CreditPort`.

  ship(to: RemoteRecipient, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.shipTo(to.host, to.lease?.slot ?? -1, handler, payload, origin);
  }

  shipTo(host: number, slot: number, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    const link = this.#out.link(host);
    if (origin.originKind === ORIGIN.ask) {
      this.#asks.ship(host, link, slot, handler, payload, origin as Ask);
    } else {
      const from = origin.originKind === ORIGIN.sender ? origin.senderId : 0;
      taken(link.append(ROW.tell, handler.index, slot, from, 0, payload));
    }
    this.#out.sent(host);
    this.kernel.shipped += 1;
  }

  congested(waiter: Stallable): boolean {
    return this.#out.congested(waiter);
  }

  /** A pass is over: gives back credit that was drawn ahead. Call before the links are flushed. */
  endOfPass(): void {
    this.#grantPushes = 0;
    this.leases.endOfPass();
  }

  /** See {@link NodeLink}. */
  heldBack(): void {
    this.#out.heldBack();
  }

  /** Serves what was held back because a link was full. Call after the links were flushed. */
  afterFlush(): void {
    this.#out.afterFlush();
  }

  borrow(recipient: RemoteRecipient, slot: number): void {
    this.#out.say(recipient.host, ROW.overdraft, slot);
  }

  resolve(recipient: RemoteRecipient): void {
    this.#whereabouts.resolve(recipient);
  }

  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void {
    this.#whereabouts.stop(recipient, shutdownMs);
  }

  post(toHost: number, signal: CreditSignal, slot: number): void;
  post(toHost: number, probe: WaitProbe): void;
  post(toHost: number, what: CreditSignal | WaitProbe, slot = 0): void {
    if (typeof what === 'object') this.#out.say(toHost, ROW.probe, 0, what);
    else this.#out.say(toHost, what === 'demand' ? ROW.demand : ROW.grant, slot);
    if (what !== 'grant' || this.#grantPushes >= GRANT_PUSHES_PER_PASS_MAX) return;
    // Who waits goes on while this host still works off what it has, and not only when that is done.
    this.#grantPushes += 1;
    this.#out.push(toHost);
  }

  get hosts(): number {
    return this.#options.hosts;
  }

  definition(name: string): ErasedDefinition {
    return this.#options.definition(name);
  }

  loadOf(host: number): HostLoad {
    return this.#options.loadOf(host);
  }

  say(
    host: number,
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): void {
    this.#out.append(host, kind, handler, target, from, ask, payload);
  }

  slotFor(cell: Cell, host: number): { readonly slot: number; readonly generation: number } | null {
    return this.#actors.export(cell, host)?.lender ?? null;
  }

  lease(owner: number, slot: number, generation: number, listener: GrantListener): Lease {
    return this.leases.open(owner, slot, generation, listener);
  }

  /** Has another host make a child of an actor of this host. */
  spawnOn(
    host: number,
    link: ParentLink,
    definition: ErasedDefinition,
    args: unknown,
    placement: unknown,
  ): ChildTarget {
    const id = this.kernel.nextId();
    return this.#children.spawnOn(host, { id, link, definition, args, placement });
  }

  // When a host dies.

  /** Actors of a host by the slots that this host pays for. */
  recipientsBySlot(host: number): ReadonlyMap<number, ReturnTarget> {
    return recipientsBySlot(this.#parts, host);
  }

  /**
   * Rows of this host that a host which died had not taken: what they carried waits again, in front. Call
   * before {@link hostLost}.
   */
  takeBack(host: number, rows: Rows, bySlot: ReadonlyMap<number, ReturnTarget>): void {
    const messages = takeBackRows(rows, {
      kernel: this.kernel,
      names: this.#actors,
      self: this.self,
      host,
      bySlot,
      takeAsk: (id) => this.#asks.take(id),
      lostPayload: this.#options.lostPayload,
    });
    this.#out.cameBack(host, messages);
  }

  /** The thread of a host ended. Call when it runs nothing any more, before it is started again. */
  hostLost(host: number): HostLossReport {
    return hostLost(this.#parts, host);
  }

  /** Every host told what it keeps: actors of the lost host that are not among it are gone. */
  hostSettled(host: number, kept: ReadonlySet<number>): void {
    hostSettled(this.#parts, host, kept);
  }

  /** No worker lives and none will: actors of other hosts are gone for good, and what waits for them is refused. */
  workersGivenUp(): void {
    workersGivenUp(this.#parts);
  }

  // In.

  /** Takes the rows of one frame from another host. Never throws for what they say. */
  receive(host: number, rows: Rows): void {
    for (let i = 0; i < rows.count; ) {
      const kind = rows.kind(i);
      if (kind === ROW.tell) {
        const end = rows.endOfRun(i);
        this.strayRows += this.#arrivals.admitTells(host, rows, i, end);
        i = end;
      } else {
        if (!this.#receiveOther(host, kind, rows, i)) this.strayRows += 1;
        i += 1;
      }
    }
  }

  /** False when the row was for nobody. */
  #receiveOther(host: number, kind: number, rows: Rows, i: number): boolean {
    const target = rows.target(i);
    const payload = rows.payloads[i];
    switch (kind) {
      case ROW.ask:
        return this.#receiveAsk(host, rows, i, [], payload);
      case ROW.askChain: {
        const [waiting, message] = Array.isArray(payload)
          ? (payload as [unknown, unknown])
          : [[], this.#options.lostPayload];
        return this.#receiveAsk(host, rows, i, Array.isArray(waiting) ? (waiting as number[]) : [], message);
      }
      case ROW.reply:
      case ROW.replyError:
        return this.#asks.settle(target, kind === ROW.reply, payload);
      case ROW.cancel:
        this.#asks.cancelled(host, target);
        return true;
      case ROW.demand:
        return this.lenders.look(host, target);
      case ROW.grant:
        this.leases.granted(host, target);
        return true;
      case ROW.overdraft:
        this.lenders.get(target)?.overdraft(host);
        return true;
      case ROW.probe:
        this.kernel.waits.receive(payload as WaitProbe);
        return true;
      case ROW.resolve:
        this.#whereabouts.resolved(host, target);
        return true;
      case ROW.attached: {
        const known = this.#whereabouts.attached(host, target, rows.from(i), rows.ask(i));
        this.#children.attached(target);
        return known;
      }
      case ROW.moved:
        this.#whereabouts.moved(target, rows.from(i), rows.ask(i));
        return true;
      case ROW.locate:
        this.#whereabouts.located(host, target, rows.from(i), rows.ask(i));
        return true;
      case ROW.gone: {
        const reason = STOP_REASONS[rows.handler(i)] ?? 'stopped';
        if (!this.#keyed.vanished(target, reason)) this.#whereabouts.vanished(target, reason);
        return true;
      }
      case ROW.spawn:
        this.#children.spawned(host, target, payload as SpawnWords);
        return true;
      case ROW.report:
        return this.#children.reported(target, payload as ReportWords);
      case ROW.signal:
        this.#actors.here(target)?.signal(payload as Signal);
        return true;
      case ROW.stop:
        this.#actors.here(target)?.requestStop((payload as ShutdownMs | null) ?? undefined);
        return true;
      default: {
        if (kind < KEYED_ROW_FIRST) return false;
        const [handler, from, ask] = [rows.handler(i), rows.from(i), rows.ask(i)];
        return this.#keyed.receive(host, { kind, handler, target, from, ask, payload });
      }
    }
  }

  #receiveAsk(host: number, rows: Rows, i: number, waiting: readonly number[], payload: unknown): boolean {
    const sender = this.#senders.of(host, rows.from(i));
    const before = waiting.map((actor) => this.#senders.of(host, actor));
    const ask = this.#asks.received(host, rows.ask(i), sender, before, this.#out.link(host));
    return this.#arrivals.admit(host, rows.target(i), rows.handler(i), payload, ask);
  }
}
