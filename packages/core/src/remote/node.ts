/**
 * One host among others: the node that its rows come in and go out by. Owns the slots of this host's actors,
 * the leases on those of other hosts, the asks under way in both directions and the stand-ins for actors
 * that live elsewhere; holds that each row finds the one it is for or is counted as nobody's. Driven by the
 * host's loop, which hands it rows and tells it when a batch ends; must not know rings, threads or codecs.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { Address } from '../address.ts';
import type { Ask, CallChain } from '../actor/ask.ts';
import { Cell } from '../actor/cell.ts';
import type { ChildTarget, ParentLink, Signal } from '../actor/child.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { RemoteWaits } from '../actor/wait-edges.ts';
import type { WaitProbe } from '../credit/wait-graph.ts';
import { ledgerOf } from '../actor/cell-ledger.ts';
import { cellsBelow } from '../actor/cell-tree.ts';
import type { LedgerTotal } from '../actor/ledger.ts';
import type { Origin } from '../actor/recipient.ts';
import { ORIGIN, type Sender } from '../actor/sender.ts';
import { LeaseTable, type FindPage } from '../credit/lease-table.ts';
import { LenderTable, type MakePage } from '../credit/lender-table.ts';
import type { GrantListener } from '../credit/lease-table.ts';
import type { Lease } from '../credit/lease.ts';
import type { CreditPort, CreditSignal } from '../credit/ports.ts';
import { MillraceError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import type { KeyedHost } from '../keyed/keyed-host.ts';
import { KeyedRecipient } from '../keyed/keyed-recipient.ts';
import { KEYED_ROW_FIRST, type KeyedWays, type Stallable } from '../keyed/keyed-words.ts';
import type { HostLoad } from '../keyed/placer.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import { ExportedCell } from './exported-cell.ts';
import { type ActorView, viewOf } from '../system/inspect.ts';
import {
  type Link,
  type RefWords,
  type ReportWords,
  ROW,
  type Rows,
  type SpawnWords,
  STOP_REASONS,
} from './protocol.ts';
import { type ChildHost, RemoteChild, RemoteParent } from './remote-child.ts';
import { type Names, RemoteAsk, RemoteSender } from './remote-origin.ts';
import { type RemoteHost, RemoteRecipient } from './remote-recipient.ts';
import { type ReturnTarget, takeBackRows } from './returned-rows.ts';

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

/** A link that can tell how much it holds back. */
export interface NodeLink extends Link {
  /** Rows that are not on their way yet. */
  readonly pending: number;
}

/** Sends of one host that wait for credit of an actor elsewhere. */
export interface OutboundWait {
  /** The actor that they wait for. */
  readonly to: Address;
  /** How many. */
  readonly parkedSends: number;
  /** The actors that sent them. */
  readonly waitingSenders: readonly Address[];
}

/** Rows held back by one link past which sends park, so that rows of the runtime itself always have room. */
const CONGESTED_ROWS = 65_536;

/** Generations that one incarnation of a host may give to a slot. */
const GENERATIONS_PER_INCARNATION = 65_536;

/** Time for an actor to stop whose parent's host died. */
const ORPHAN_STOP_MS = 5_000;

/** In place of a slot: the ref is by key, and the path is the key. */
const SLOT_BY_KEY = -2;

/**
 * In place of a slot: the actor is being made at the word of the host that wrote the ref, and the host it will
 * live on may not have heard that word. Asked now it would say that there is no such actor.
 */
const SLOT_UNBORN = -3;

/** The host that never dies. */
const MAIN = 0;

/** In place of the host that says when an actor is there: its parent tells every host. */
const NOBODY = -1;

/** Senders remembered for each host, by the low bits of their ids. */
const SENDERS_REMEMBERED = 1_024;

/** The node of one host. */
export class Node implements RemoteHost, CreditPort, ChildHost, RemoteWaits, KeyedWays, Names {
  readonly kernel: Kernel;
  readonly self: number;
  readonly lenders: LenderTable;
  readonly leases: LeaseTable;
  /** Rows that were for nobody: late ones of what is gone, or of a host that went wrong. */
  strayRows = 0;
  readonly #options: NodeOptions;
  readonly #keyed: KeyedHost;
  /** Actors of this host that others know, by id. */
  readonly #known = new Map<number, Cell>();
  /** The same by slot. */
  readonly #bySlot: (Cell | undefined)[] = [];
  readonly #remote = new Map<number, RemoteRecipient>();
  readonly #children = new Map<number, RemoteChild>();
  readonly #asks = new Map<number, { readonly ask: Ask; readonly host: number }>();
  /** Actors of this host whose parents live elsewhere, by id. */
  readonly #fostered = new Map<number, { readonly cell: Cell; readonly host: number }>();
  /** User messages to each host that lives. */
  readonly #sentTo: number[];
  readonly #received: Float64Array;
  /**
   * By host: ends that this host has heard of. It goes with each ref to an actor of another host, so that whoever
   * heard of more knows that the ref may name a host which the actor has left.
   */
  readonly #losses: number[];
  /** User messages that came, from whichever host. */
  #came = 0;
  readonly #answering: Map<number, RemoteAsk>[] = [];
  readonly #senders: (RemoteSender | undefined)[][] = [];
  #stalled = new Set<Stallable>();
  #lastAsk = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#received = options.received;
    this.#losses = [...options.losses];
    this.kernel = options.kernel;
    this.self = options.self;
    const firstGeneration = (options.incarnation - 1) * GENERATIONS_PER_INCARNATION + 1;
    this.lenders = new LenderTable(options.self, options.hosts, this, options.makePage, firstGeneration);
    this.#sentTo = new Array<number>(options.hosts).fill(0);
    if (options.hosts > 1) options.kernel.waits.connect(this);
    this.leases = new LeaseTable(options.self, this, options.findPage);
    this.#keyed = options.kernel.keyed as KeyedHost;
    this.#keyed.join(this);
  }

  /** See `RemoteWaits`. */
  get incarnation(): number {
    return this.#options.incarnation;
  }

  /** User messages to all hosts that live. */
  get sent(): number {
    return this.#sentTo.reduce((sum, count) => sum + count, 0);
  }

  /** User messages from all hosts that live. */
  get received(): number {
    return this.#received.reduce((sum, count) => sum + count, 0);
  }

  /** Messages that actors of this host accepted from senders of this host. */
  get acceptedHere(): number {
    return this.kernel.accepted - this.#came;
  }

  /**
   * Adds what was refused or waits on this host for actors of other hosts, and what was offered to them; and the
   * account of the actors that live here below parents elsewhere.
   */
  addTo(total: LedgerTotal): void {
    for (const { cell } of this.#fostered.values()) {
      if (cell.phase !== 'stopped') total.add(ledgerOf(cell));
      for (const below of cellsBelow(cell)) total.add(ledgerOf(below));
    }
    for (const recipient of this.#remote.values()) total.add(recipient.ledger());
  }

  /** The actors that live here below parents elsewhere; those with parents here the system shows. */
  inspect(): ActorView[] {
    const views: ActorView[] = [];
    for (const { cell } of this.#fostered.values()) {
      if (cell.phase !== 'stopped') views.push(viewOf(cell));
      for (const below of cellsBelow(cell)) views.push(viewOf(below));
    }
    return views;
  }

  /** The actors of other hosts for which sends of this host wait, and whose sends those are. */
  waits(): OutboundWait[] {
    const waits: OutboundWait[] = [];
    for (const { address, line } of this.#remote.values()) {
      if (line === null || line.size === 0) continue;
      const waitingSenders: Address[] = [];
      for (const sender of line.waitingSenders()) {
        if (sender.senderAddress !== null) waitingSenders.push(sender.senderAddress);
      }
      waits.push({ to: address, parkedSends: line.size, waitingSenders });
    }
    return waits;
  }

  // Refs.

  /** What to send for a ref in a message to `toHost`; the host may then send to the actor at once. */
  writeRef(ref: unknown, toHost: number): RefWords {
    const recipient = Ref.recipientOf(ref);
    const { address, definition } = recipient;
    if (recipient instanceof KeyedRecipient)
      return [this.self, 0, definition.name, recipient.key, SLOT_BY_KEY, 0];
    if (recipient instanceof RemoteRecipient) {
      if (recipient.unborn !== null && toHost !== recipient.host) {
        recipient.unborn.tell.add(toHost);
        return [recipient.host, address.id, definition.name, address.path, SLOT_UNBORN, 0];
      }
      return [recipient.host, address.id, definition.name, address.path, -1, this.#lossesOf(recipient.host)];
    }
    const exported = this.#export(recipient as Cell, toHost);
    if (exported === null)
      return [this.self, address.id, definition.name, address.path, -1, this.#lossesOf(this.self)];
    return [
      this.self,
      address.id,
      definition.name,
      address.path,
      exported.lender.slot,
      exported.lender.generation,
    ];
  }

  /** The host that the actor behind a ref, or with that id, lives on; undefined when the id is not known here. */
  hostOf(ref: number): number | undefined;
  hostOf(ref: object): number;
  hostOf(ref: object | number): number | undefined {
    if (typeof ref === 'number')
      return this.#remote.get(ref)?.host ?? (this.#known.has(ref) ? this.self : undefined);
    const recipient = Ref.recipientOf(ref);
    if (recipient instanceof KeyedRecipient) return recipient.host < 0 ? this.self : recipient.host;
    return recipient instanceof RemoteRecipient ? recipient.host : this.self;
  }

  /** The ref that came in a message from a host. @throws when the words make no sense */
  readRef(words: unknown, from: number): ActorRef {
    const [host, id, actor, path, slot, generation] = checkRefWords(words, this.#options.hosts);
    if (slot === SLOT_BY_KEY) return this.#keyed.refOf(actor, path);
    // Whatever the words say: it may have come to live here since.
    const cell = this.#known.get(id);
    if (cell !== undefined) return cell.ref;
    const known = this.#remote.has(id);
    const recipient = this.#recipient(host, id, actor, path);
    if (host === this.self) recipient.vanished('stopped');
    else if (slot >= 0) this.#attach(recipient, slot, generation);
    else if (slot === SLOT_UNBORN) {
      if (!known) recipient.unborn = { by: from, tell: new Set() };
    } else if (recipient.unborn !== null) {
      // Whoever named it first says when it is there.
    } else if (!known && from !== this.self && generation < this.#lossesOf(host)) {
      this.#locate(recipient, from);
    } else if (recipient.outbound.lease === undefined && !recipient.gone) this.resolve(recipient);
    return recipient.ref;
  }

  // Out.

  ship(to: RemoteRecipient, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    this.shipTo(to.host, to.outbound.lease?.slot ?? -1, handler, payload, origin);
  }

  shipTo(host: number, slot: number, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    const link = this.#options.link(host);
    if (origin.originKind === ORIGIN.ask) {
      this.#shipAsk(host, link, slot, handler, payload, origin as Ask);
    } else {
      const from = origin.originKind === ORIGIN.sender ? origin.senderId : 0;
      taken(link.append(ROW.tell, handler.index, slot, from, 0, payload));
    }
    this.#sentTo[host] = (this.#sentTo[host] as number) + 1;
    this.kernel.shipped += 1;
  }

  congested(recipient: Stallable): boolean {
    if (this.#options.link(recipient.host).pending < CONGESTED_ROWS) return false;
    this.#stalled.add(recipient);
    return true;
  }

  borrow(recipient: RemoteRecipient, slot: number): void {
    this.#say(recipient.host, ROW.overdraft, 0, slot);
  }

  resolve(recipient: RemoteRecipient): void {
    this.#say(recipient.host, ROW.resolve, 0, recipient.id);
  }

  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void {
    if (recipient.unborn !== null && this.#waitsForBirth(recipient)) {
      recipient.unborn.stop = { shutdownMs };
      return;
    }
    this.#say(recipient.host, ROW.stop, 0, recipient.id, shutdownMs ?? null);
  }

  /** True for an actor that another host is having made: a word from here may come before that host's. */
  #waitsForBirth({ unborn }: RemoteRecipient): boolean {
    return unborn !== null && unborn.by !== this.self;
  }

  post(toHost: number, signal: CreditSignal, slot: number): void;
  post(toHost: number, probe: WaitProbe): void;
  post(toHost: number, what: CreditSignal | WaitProbe, slot = 0): void {
    if (typeof what === 'object') this.#say(toHost, ROW.probe, 0, 0, what);
    else this.#say(toHost, what === 'demand' ? ROW.demand : ROW.grant, 0, slot);
  }

  // Keyed actors.

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
    taken(this.#options.link(host).append(kind, handler, target, from, ask, payload));
  }

  slotFor(cell: Cell, host: number): { readonly slot: number; readonly generation: number } | null {
    return this.#export(cell, host)?.lender ?? null;
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
    const recipient = this.#recipient(host, id, definition.name, `${link.parentPath}/${link.name}`);
    const child = new RemoteChild(this, recipient, link, args, placement);
    recipient.unborn = { by: this.self, tell: new Set() };
    this.#children.set(id, child);
    try {
      this.#spawn(child);
    } catch (error) {
      this.#children.delete(id);
      this.#remote.delete(id);
      throw error;
    }
    return child;
  }

  // Children on other hosts.

  signal(child: RemoteChild, signal: Signal): void {
    this.#say(child.recipient.host, ROW.signal, 0, child.recipient.id, signal);
  }

  spawnAgain(child: RemoteChild): void {
    const { recipient } = child;
    recipient.host = this.#options.placeAgain(child.placement);
    child.moving = true;
    recipient.unborn = { ...recipient.unborn, by: this.self, tell: recipient.unborn?.tell ?? new Set() };
    this.#spawn(child);
  }

  gone(child: RemoteChild, reason: StopReason): void {
    const { id } = child.recipient;
    this.#children.delete(id);
    this.#vanished(id, reason);
    for (let host = 0; host < this.#options.hosts; host += 1)
      if (host !== this.self) this.#sayGone(host, id, reason);
  }

  // Waits, for cycles of full mailboxes across hosts.

  addressOf(actor: number): Address {
    return this.addressFor(actor) ?? { path: '', id: actor };
  }

  /** See `Names`. */
  addressFor(actor: number): Address | undefined {
    const known = this.#remote.get(actor) ?? this.#known.get(actor) ?? this.#keyed.foundAs(actor);
    return known?.address;
  }

  /** The thread of a host ended. Call when it runs nothing any more, before it is started again. */
  hostLost(host: number): HostLossReport {
    const sentBefore = this.#sentTo[host] as number;
    this.lenders.reclaim(host);
    this.leases.forget(host);
    for (const ask of [...(this.#answering[host]?.values() ?? [])]) ask.cancelled();
    for (const [id, { ask, host: askedHost }] of this.#asks) {
      if (askedHost !== host) continue;
      this.#asks.delete(id);
      ask.onGivenUp = null;
      ask.fail(new MillraceError('ERR_HOST_LOST', { host, target: ask.target.path, handler: ask.handler }));
    }
    this.#sentTo[host] = 0;
    this.#losses[host] = this.#lossesOf(host) + 1;
    for (const { cell, host: parentHost } of this.#fostered.values()) {
      // Nobody looks after it any more, and whoever takes its parent's place makes children of its own.
      if (parentHost === host)
        cell.signal({ kind: 'stop', reason: 'host-lost', by: 'order', shutdownMs: ORPHAN_STOP_MS });
    }
    for (const recipient of this.#remote.values()) {
      if (recipient.host !== host) continue;
      recipient.detach();
      // Its parent says where it is made again, or that it is gone: until then nobody may ask the host, dead or new.
      recipient.unborn = { ...recipient.unborn, by: NOBODY, tell: recipient.unborn?.tell ?? new Set() };
    }
    this.#keyed.hostLost(host);
    const kept: number[] = [];
    for (const [id, child] of this.#children) {
      if (child.recipient.host !== host) continue;
      child.hostLost();
      kept.push(id);
    }
    return { kept, taken: sentBefore };
  }

  /** No worker lives and none will: actors of other hosts are gone for good, and what waits for them is refused. */
  workersGivenUp(): void {
    this.#keyed.giveUp();
    for (const id of [...this.#remote.keys()]) this.#vanished(id, 'host-lost');
    for (const { link } of this.#children.values())
      link.failed(new MillraceError('ERR_HOST_LOST', { reason: 'every worker was given up' }), 'init');
    this.#children.clear();
  }

  /** Every host told what it keeps: actors of the lost host that are not among it are gone. */
  hostSettled(host: number, kept: ReadonlySet<number>): void {
    for (const [id, recipient] of [...this.#remote]) {
      // Who was to say where it is went down. The main thread lives, and hears of most; else it is where it was to be.
      if (recipient.unborn?.by === host && recipient.host !== host) {
        if (this.self !== MAIN) {
          this.#locate(recipient, MAIN);
        } else if (this.#keyed.lives(recipient.host)) {
          this.#born(recipient);
          this.resolve(recipient);
        } else {
          recipient.unborn = { ...recipient.unborn, by: NOBODY };
        }
      }
      if (recipient.host === host && recipient.outbound.lease === undefined && !kept.has(id))
        this.#vanished(id, 'host-lost');
    }
    for (const child of [...this.#children.values()]) if (child.recipient.host === host) child.hostSettled();
  }

  /**
   * Rows of this host that a host which died had not taken: what they carried waits again, in front. Call
   * before {@link hostLost}.
   */
  takeBack(host: number, rows: Rows, bySlot: ReadonlyMap<number, ReturnTarget>): void {
    const messages = takeBackRows(rows, {
      kernel: this.kernel,
      names: this,
      self: this.self,
      host,
      bySlot,
      takeAsk: (id) => {
        const entry = this.#asks.get(id);
        this.#asks.delete(id);
        return entry?.ask;
      },
      lostPayload: this.#options.lostPayload,
    });
    this.#sentTo[host] = (this.#sentTo[host] as number) - messages;
  }

  /** The actor is there again: other hosts that know of it go on there. Not before, or they would not find it. */
  #tellMoved(child: RemoteChild): void {
    child.moving = false;
    for (let host = 0; host < this.#options.hosts; host += 1)
      if (host !== this.self && host !== child.recipient.host) this.#sayMoved(host, child.recipient);
  }

  #spawn(child: RemoteChild): void {
    const { recipient, link } = child;
    const words: SpawnWords = {
      actor: recipient.definition.name,
      args: child.args,
      name: link.name,
      parentPath: link.parentPath,
      depth: link.depth,
    };
    this.#say(recipient.host, ROW.spawn, 0, recipient.id, words);
  }

  /** Actors of a host by the slots that this host pays for. */
  recipientsBySlot(host: number): ReadonlyMap<number, ReturnTarget> {
    const bySlot = new Map<number, ReturnTarget>();
    for (const recipient of this.#remote.values()) {
      const slot = recipient.host === host ? recipient.outbound.lease?.slot : undefined;
      if (slot !== undefined) bySlot.set(slot, recipient);
    }
    for (const recipient of this.#keyed.recipientsOn(host))
      if (recipient.slot !== undefined) bySlot.set(recipient.slot, recipient);
    return bySlot;
  }

  /** Serves what was held back because a link was full. Call after the links were flushed. */
  afterFlush(): void {
    if (this.#stalled.size === 0) return;
    const stalled = this.#stalled;
    this.#stalled = new Set();
    for (const recipient of stalled) if (!this.congested(recipient)) recipient.resume();
  }

  // In.

  /** Takes the rows of one frame from another host. Never throws for what they say. */
  receive(host: number, rows: Rows): void {
    for (let i = 0; i < rows.count; i += 1) {
      const kind = rows.kind(i);
      if (kind === ROW.tell) this.#receiveTell(host, rows, i);
      else this.#receiveOther(host, kind, rows, i);
    }
  }

  #receiveTell(host: number, rows: Rows, i: number): void {
    const slot = rows.target(i);
    this.#admit(host, slot, rows.handler(i), rows.payloads[i], this.#sender(host, rows.from(i)));
  }

  #receiveOther(host: number, kind: number, rows: Rows, i: number): void {
    const target = rows.target(i);
    const payload = rows.payloads[i];
    switch (kind) {
      case ROW.ask:
        this.#receiveAsk(host, rows, i, [], payload);
        return;
      case ROW.askChain: {
        const [waiting, message] = Array.isArray(payload)
          ? (payload as [unknown, unknown])
          : [[], this.#options.lostPayload];
        this.#receiveAsk(host, rows, i, Array.isArray(waiting) ? (waiting as number[]) : [], message);
        return;
      }
      case ROW.reply:
      case ROW.replyError:
        this.#settleAsk(target, kind === ROW.reply, payload);
        return;
      case ROW.cancel:
        this.#answering[host]?.get(target)?.cancelled();
        return;
      case ROW.demand:
        this.lenders.look(host, target);
        return;
      case ROW.grant:
        this.leases.granted(host, target);
        return;
      case ROW.resolve:
        this.#resolved(host, target);
        return;
      case ROW.attached: {
        const recipient = this.#remote.get(target);
        if (recipient === undefined) this.strayRows += 1;
        else {
          this.#attach(recipient, rows.from(i), rows.ask(i));
          this.#born(recipient);
        }
        const child = this.#children.get(target);
        if (child?.moving === true) this.#tellMoved(child);
        return;
      }
      case ROW.gone:
        this.#goneElsewhere(target, STOP_REASONS[rows.handler(i)] ?? 'stopped');
        return;
      case ROW.spawn:
        this.#spawned(host, target, payload as SpawnWords);
        return;
      case ROW.signal:
        this.#known.get(target)?.signal(payload as Signal);
        return;
      case ROW.report:
        this.#reported(target, payload as ReportWords);
        return;
      case ROW.overdraft:
        this.lenders.get(target)?.overdraft(host);
        return;
      case ROW.probe:
        this.kernel.waits.receive(payload as WaitProbe);
        return;
      case ROW.moved: {
        const recipient = this.#remote.get(target);
        if (recipient === undefined) return;
        recipient.host = rows.from(i);
        recipient.detach();
        if (rows.ask(i) < this.#lossesOf(recipient.host)) {
          this.#locate(recipient, host);
        } else {
          this.resolve(recipient);
          this.#born(recipient);
        }
        return;
      }
      case ROW.locate:
        this.#located(host, target, rows.from(i), rows.ask(i));
        return;
      case ROW.stop:
        this.#known.get(target)?.requestStop((payload as ShutdownMs | null) ?? undefined);
        return;
      default:
        if (kind < KEYED_ROW_FIRST) this.strayRows += 1;
        else {
          this.#keyed.receive(host, {
            kind,
            handler: rows.handler(i),
            target,
            from: rows.from(i),
            ask: rows.ask(i),
            payload,
          });
        }
    }
  }

  #receiveAsk(host: number, rows: Rows, i: number, waiting: readonly number[], payload: unknown): void {
    const sender = this.#sender(host, rows.from(i));
    const answering = (this.#answering[host] ??= new Map<number, RemoteAsk>());
    const id = rows.ask(i);
    // Oldest last, as they came.
    const before = waiting.reduceRight<CallChain | null>(
      (chain, actor) => ({
        sender: this.#sender(host, actor),
        before: chain,
        length: 1 + (chain?.length ?? 0),
      }),
      null,
    );
    const chain = { sender, before, length: 1 + (before?.length ?? 0) };
    const ask = new RemoteAsk(id, sender, chain, this.#options.link(host), (settled) =>
      answering.delete(settled),
    );
    answering.set(id, ask);
    this.#admit(host, rows.target(i), rows.handler(i), payload, ask);
  }

  #admit(
    host: number,
    slot: number,
    handlerIndex: number,
    payload: unknown,
    origin: Sender | RemoteAsk,
  ): void {
    const receipt = this.lenders.receive(host, slot);
    if (receipt === 'unpaid') {
      this.strayRows += 1;
      return;
    }
    const received = this.#received;
    received[host] = (received[host] as number) + 1;
    this.#came += 1;
    const cell = this.#bySlot[slot];
    const handler = cell?.definition.specs[handlerIndex];
    if (
      receipt === 'closed' ||
      cell === undefined ||
      handler === undefined ||
      payload === this.#options.lostPayload
    ) {
      this.#bury(receipt, cell, handler, payload, origin);
      return;
    }
    cell.admitLent(handler, payload, origin);
  }

  /** A message that came and cannot be handled is a dead letter; its slot comes back. */
  #bury(
    receipt: 'admit' | 'closed',
    cell: Cell | undefined,
    handler: HandlerSpec | undefined,
    payload: unknown,
    origin: Sender | RemoteAsk,
  ): void {
    const { retired, deadLetters, losses } = this.kernel;
    retired.accepted += 1;
    retired.deadLettered += 1;
    this.kernel.accepted += 1;
    losses.bury();
    const target = cell?.address ?? { path: `host-${this.self}`, id: 0 };
    const isAsk = origin.originKind === ORIGIN.ask;
    const sender = isAsk ? origin.sender : origin;
    const reason = receipt === 'closed' ? 'actor-stopped' : 'not-decodable';
    const name = handler?.name ?? '?';
    deadLetters.offer({ reason, target, sender: sender.senderAddress, handler: name, payload });
    if (isAsk) {
      const code = receipt === 'closed' ? 'ERR_ACTOR_STOPPED' : 'ERR_ASK_DROPPED';
      origin.fail(new MillraceError(code, { target: target.path, handler: name, reason }));
    }
    if (receipt === 'admit' && cell !== undefined) {
      cell.mailbox.takeBack(1);
      cell.dealer?.released(1);
    }
  }

  #shipAsk(host: number, link: Link, slot: number, handler: HandlerSpec, payload: unknown, ask: Ask): void {
    this.#lastAsk = (this.#lastAsk + 1) | 0;
    const id = this.#lastAsk;
    const from = ask.sender.senderId;
    try {
      if (ask.chain.before === null) {
        taken(link.append(ROW.ask, handler.index, slot, from, id, payload));
      } else {
        const waiting: number[] = [];
        for (let one = ask.chain.before; one !== null; one = one.before as typeof one)
          waiting.push(one.sender.senderId);
        taken(link.append(ROW.askChain, handler.index, slot, from, id, [waiting, payload]));
      }
    } catch (error) {
      // It is over, and its place among the asker's open ones is free.
      ask.fail(error);
      throw error;
    }
    this.#asks.set(id, { ask, host });
    ask.onGivenUp = () => {
      this.#asks.delete(id);
      link.append(ROW.cancel, 0, id, 0, 0, undefined);
    };
  }

  #settleAsk(id: number, succeeded: boolean, payload: unknown): void {
    const ask = this.#asks.get(id)?.ask;
    if (ask === undefined) {
      this.strayRows += 1;
      return;
    }
    this.#asks.delete(id);
    if (payload === this.#options.lostPayload) {
      ask.fail(new MillraceError('ERR_FRAME_CORRUPT', { what: 'reply', handler: ask.handler }));
    } else if (succeeded) ask.succeed(payload);
    else ask.fail(payload);
  }

  #resolved(host: number, id: number): void {
    const cell = this.#known.get(id);
    const exported = cell === undefined ? null : this.#export(cell, host);
    if (exported === null) this.#say(host, ROW.gone, 0, id);
    else this.#sayAttached(host, id, exported);
  }

  /**
   * A host was told of an actor by one that had not heard of a loss: it may live elsewhere by now. That host is asked,
   * and says so when it knows.
   */
  #locate(recipient: RemoteRecipient, teller: number): void {
    const { host, id } = recipient;
    recipient.unborn = { ...recipient.unborn, by: teller, tell: recipient.unborn?.tell ?? new Set() };
    taken(this.#options.link(teller).append(ROW.locate, 0, id, host, this.#lossesOf(host), undefined));
  }

  /** A host asks where an actor is that was named to it as one of `lostHost`, of which it knows so many losses. */
  #located(asker: number, id: number, lostHost: number, losses: number): void {
    const recipient = this.#remote.get(id);
    if (recipient === undefined) {
      // The main thread is asked when a teller died, also about actors that it never heard of.
      if (this.self === MAIN && this.#keyed.lives(lostHost) && !this.#known.has(id))
        this.#sayMoved(asker, { id, host: lostHost });
      else this.#resolved(asker, id);
      return;
    }
    // The news of the loss is on its way here too.
    if (recipient.unborn === null && recipient.host === lostHost && this.#lossesOf(lostHost) < losses)
      recipient.unborn = { by: NOBODY, tell: new Set() };
    if (recipient.unborn !== null) recipient.unborn.tell.add(asker);
    // Had it been made there, it would have been found: it was, and is gone.
    else if (recipient.host === asker) this.#sayGone(asker, id, 'stopped');
    else this.#sayMoved(asker, recipient);
  }

  #lossesOf(host: number): number {
    return this.#losses[host] as number;
  }

  #spawned(host: number, id: number, words: SpawnWords): void {
    const parent = new RemoteParent(words, (report) => {
      this.#say(host, ROW.report, 0, id, report);
    });
    const cell = new Cell(this.kernel, parent, this.#options.definition(words.actor), words.args, id);
    this.#fostered.set(id, { cell, host });
    const recipient = this.#remote.get(id);
    if (recipient !== undefined) {
      // It was known here while it lived on a host that died.
      this.#remote.delete(id);
      recipient.host = this.self;
      recipient.cameHome(cell);
      this.#born(recipient);
      this.kernel.retired.add(recipient.ledger());
    }
    const exported = this.#export(cell, host);
    if (exported !== null) this.#sayAttached(host, id, exported);
  }

  #reported(id: number, report: ReportWords): void {
    const child = this.#children.get(id);
    if (child === undefined) {
      this.strayRows += 1;
      return;
    }
    if (report.what === 'stopped') {
      this.#children.delete(id);
      this.#vanished(id, report.reason);
    }
    child.report(report);
  }

  #goneElsewhere(id: number, reason: StopReason): void {
    if (!this.#keyed.vanished(id, reason)) this.#vanished(id, reason);
  }

  #vanished(id: number, reason: StopReason): void {
    const recipient = this.#remote.get(id);
    if (recipient === undefined) return;
    this.#remote.delete(id);
    for (const host of recipient.unborn?.tell ?? []) this.#sayGone(host, id, reason);
    recipient.vanished(reason);
    this.kernel.retired.add(recipient.ledger());
  }

  /** Gives `host` a slot of an actor, unless it is gone. */
  #export(cell: Cell, host: number): ExportedCell | null {
    if (cell.phase === 'stopped') return null;
    let exported = cell.dealer as ExportedCell | null;
    if (exported === null) {
      exported = new ExportedCell(
        cell,
        this.lenders,
        (gone) => this.#unexport(gone),
        ({ lender }) => {
          this.#bySlot[lender.slot] = undefined;
        },
      );
      this.#known.set(cell.id, cell);
      this.#bySlot[exported.lender.slot] = cell;
    }
    exported.lender.attach(host);
    return exported;
  }

  /**
   * The actor is gone, and every host that has a slot of it is told. That reaches all who watch it: a host that
   * knows the actor has a slot, has asked for one, or waits to be told where the actor is, and then asks.
   */
  #unexport(exported: ExportedCell): void {
    this.#known.delete(exported.cell.id);
    this.#fostered.delete(exported.cell.id);
    for (const host of exported.lender.attached)
      this.#sayGone(host, exported.cell.id, exported.cell.extras?.stopReason ?? 'stopped');
  }

  /** The host that an actor lives on has made it: whoever was to wait for that is told, and what was asked of it is. */
  #born(recipient: RemoteRecipient): void {
    const { unborn } = recipient;
    if (unborn === null) return;
    recipient.unborn = null;
    for (const host of unborn.tell) {
      if (host !== recipient.host) this.#sayMoved(host, recipient);
    }
    // By its ref, because here it may have come home.
    if (unborn.stop !== undefined) Ref.recipientOf(recipient.ref).requestStop(unborn.stop.shutdownMs);
  }

  #attach(recipient: RemoteRecipient, slot: number, generation: number): void {
    const { lease } = recipient.outbound;
    if (recipient.gone || (lease !== undefined && lease.slot === slot && lease.open)) return;
    recipient.attached(this.leases.open(recipient.host, slot, generation, recipient.outbound));
  }

  #recipient(host: number, id: number, actor: string, path: string): RemoteRecipient {
    let recipient = this.#remote.get(id);
    if (recipient === undefined) {
      recipient = new RemoteRecipient(this, this.#options.definition(actor), host, id, path);
      this.#remote.set(id, recipient);
    }
    return recipient;
  }

  #sender(host: number, id: number): RemoteSender {
    const remembered = (this.#senders[host] ??= []);
    const at = id & (SENDERS_REMEMBERED - 1);
    let sender = remembered[at];
    if (sender === undefined || sender.senderId !== id) {
      sender = new RemoteSender(host, id, this);
      remembered[at] = sender;
    }
    return sender;
  }

  #sayAttached(host: number, id: number, exported: ExportedCell): void {
    const { slot, generation } = exported.lender;
    taken(this.#options.link(host).append(ROW.attached, 0, id, slot, generation, undefined));
  }

  #sayMoved(host: number, { id, host: newHost }: { readonly id: number; readonly host: number }): void {
    const losses = this.#lossesOf(newHost);
    taken(this.#options.link(host).append(ROW.moved, 0, id, newHost, losses, undefined));
  }

  #sayGone(host: number, id: number, reason: StopReason): void {
    this.#say(host, ROW.gone, STOP_REASONS.indexOf(reason), id);
  }

  #say(host: number, kind: number, handler: number, target: number, payload?: unknown): void {
    taken(this.#options.link(host).append(kind, handler, target, 0, 0, payload));
  }
}

/** A link takes rows far beyond where sends begin to park, so one that does not is stuck for good. */
function taken(appended: boolean): void {
  if (!appended)
    throw new MillraceError('ERR_HOST_LOST', { reason: 'the link to the host holds back all it may' });
}

function checkRefWords(words: unknown, hosts: number): RefWords {
  if (Array.isArray(words)) {
    const [host, id, actor, path, slot, generation] = words as unknown[];
    const numbers = [host, id, slot, generation].every((word) => Number.isInteger(word));
    if (
      numbers &&
      typeof actor === 'string' &&
      typeof path === 'string' &&
      (host as number) >= 0 &&
      (host as number) < hosts
    ) {
      return words as unknown as RefWords;
    }
  }
  throw new MillraceError('ERR_FRAME_CORRUPT', { what: 'ref' });
}
