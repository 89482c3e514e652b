/**
 * One host among others: the node that its rows come in and go out by. Owns the slots of this host's actors,
 * the leases on those of other hosts, the asks under way in both directions and the stand-ins for actors
 * that live elsewhere; holds that each row finds the one it is for or is counted as nobody's. Driven by the
 * host's loop, which hands it rows and tells it when a batch ends; must not know rings, threads or codecs.
 */
import { Ref } from '../actor/actor-ref.ts';
import type { Ask, CallChain } from '../actor/ask.ts';
import { Cell } from '../actor/cell.ts';
import type { ChildTarget, ParentLink, Signal } from '../actor/child.ts';
import type { ErasedDefinition, HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import type { LedgerTotal } from '../actor/ledger.ts';
import type { Origin } from '../actor/recipient.ts';
import { ORIGIN, type Sender } from '../actor/sender.ts';
import { LeaseTable, type FindPage } from '../credit/lease-table.ts';
import { LenderTable, type MakePage } from '../credit/lender-table.ts';
import type { CreditPort, CreditSignal } from '../credit/ports.ts';
import { MillraceError } from '../errors.ts';
import type { StopReason } from '../events.ts';
import type { ActorRef } from '../ref.ts';
import type { ShutdownMs } from '../supervision/child-spec.ts';
import { ExportedCell } from './exported-cell.ts';
import {
  type Link,
  type RefWords,
  type ReportWords,
  ROW,
  type Rows,
  type SpawnWords,
  STOP_REASONS,
} from './protocol.ts';
import { RemoteChild, RemoteParent } from './remote-child.ts';
import { RemoteAsk, RemoteSender } from './remote-origin.ts';
import { type RemoteHost, RemoteRecipient } from './remote-recipient.ts';

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
}

/** A link that can tell how much it holds back. */
export interface NodeLink extends Link {
  /** Rows that are not on their way yet. */
  readonly pending: number;
}

/** Rows held back by one link past which sends park, so that rows of the runtime itself always have room. */
const CONGESTED_ROWS = 65_536;

/** Senders remembered for each host, by the low bits of their ids. */
const SENDERS_REMEMBERED = 1_024;

/** The node of one host. */
export class Node implements RemoteHost, CreditPort {
  readonly kernel: Kernel;
  readonly self: number;
  readonly lenders: LenderTable;
  readonly leases: LeaseTable;
  /** Rows that were for nobody: late ones of what is gone, or of a host that went wrong. */
  strayRows = 0;
  readonly #options: NodeOptions;
  /** Actors of this host that others know, by id. */
  readonly #known = new Map<number, Cell>();
  /** The same by slot. */
  readonly #exported: (ExportedCell | undefined)[] = [];
  readonly #remote = new Map<number, RemoteRecipient>();
  readonly #children = new Map<number, RemoteChild>();
  readonly #asks = new Map<number, Ask>();
  readonly #answering: Map<number, RemoteAsk>[] = [];
  readonly #senders: (RemoteSender | undefined)[][] = [];
  #stalled = new Set<RemoteRecipient>();
  #lastAsk = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.kernel = options.kernel;
    this.self = options.self;
    this.lenders = new LenderTable(options.self, options.hosts, this, options.makePage);
    this.leases = new LeaseTable(options.self, this, options.findPage);
  }

  /** Adds what was refused or waits on this host for actors of other hosts, and what was offered to them. */
  addTo(total: LedgerTotal): void {
    for (const recipient of this.#remote.values()) total.add(recipient.ledger());
  }

  // Refs.

  /** What to send for a ref in a message to `toHost`; the host may then send to the actor at once. */
  writeRef(ref: unknown, toHost: number): RefWords {
    const recipient = Ref.recipientOf(ref);
    const { address, definition } = recipient;
    if (recipient instanceof RemoteRecipient) {
      return [recipient.host, address.id, definition.name, address.path, -1, 0];
    }
    const exported = this.#export(recipient as Cell, toHost);
    if (exported === null) return [this.self, address.id, definition.name, address.path, -1, 0];
    return [
      this.self,
      address.id,
      definition.name,
      address.path,
      exported.lender.slot,
      exported.lender.generation,
    ];
  }

  /** The host that the actor behind a ref lives on. */
  hostOf(ref: unknown): number {
    const recipient = Ref.recipientOf(ref);
    return recipient instanceof RemoteRecipient ? recipient.host : this.self;
  }

  /** The ref that came in a message. @throws when the words make no sense */
  readRef(words: unknown): ActorRef {
    const [host, id, actor, path, slot, generation] = checkRefWords(words, this.#options.hosts);
    if (host === this.self) {
      const cell = this.#known.get(id);
      if (cell !== undefined) return cell.ref;
    }
    const recipient = this.#recipient(host, id, actor, path);
    if (host === this.self) recipient.vanished('stopped');
    else if (slot >= 0) this.#attach(recipient, slot, generation);
    else if (recipient.outbound.lease === undefined && !recipient.gone) this.resolve(recipient);
    return recipient.ref;
  }

  // Out.

  ship(to: RemoteRecipient, handler: HandlerSpec, payload: unknown, origin: Origin): void {
    const slot = to.outbound.lease?.slot ?? -1;
    const link = this.#options.link(to.host);
    if (origin.originKind === ORIGIN.ask) {
      this.#shipAsk(link, slot, handler, payload, origin as Ask);
    } else {
      const from = origin.originKind === ORIGIN.sender ? origin.senderId : 0;
      taken(link.append(ROW.tell, handler.index, slot, from, 0, payload));
    }
    this.kernel.sent += 1;
  }

  congested(recipient: RemoteRecipient): boolean {
    if (this.#options.link(recipient.host).pending < CONGESTED_ROWS) return false;
    this.#stalled.add(recipient);
    return true;
  }

  resolve(recipient: RemoteRecipient): void {
    this.#say(recipient.host, ROW.resolve, 0, recipient.id);
  }

  watch(recipient: RemoteRecipient): void {
    this.#say(recipient.host, ROW.watch, 0, recipient.id);
  }

  unwatch(recipient: RemoteRecipient): void {
    this.#say(recipient.host, ROW.unwatch, 0, recipient.id);
  }

  stop(recipient: RemoteRecipient, shutdownMs: ShutdownMs | undefined): void {
    this.#say(recipient.host, ROW.stop, 0, recipient.id, shutdownMs ?? null);
  }

  post(toHost: number, signal: CreditSignal, slot: number): void {
    this.#say(toHost, signal === 'demand' ? ROW.demand : ROW.grant, 0, slot);
  }

  /** Has another host make a child of an actor of this host. */
  spawnOn(host: number, link: ParentLink, definition: ErasedDefinition, args: unknown): ChildTarget {
    const id = this.kernel.nextId();
    const recipient = this.#recipient(host, id, definition.name, `${link.parentPath}/${link.name}`);
    const child = new RemoteChild(recipient, link, (signal) => this.#say(host, ROW.signal, 0, id, signal));
    const words: SpawnWords = {
      actor: definition.name,
      args,
      name: link.name,
      parentPath: link.parentPath,
      depth: link.depth,
    };
    this.#children.set(id, child);
    try {
      this.#say(host, ROW.spawn, 0, id, words);
    } catch (error) {
      this.#children.delete(id);
      this.#remote.delete(id);
      throw error;
    }
    return child;
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
        else this.#attach(recipient, rows.from(i), rows.ask(i));
        return;
      }
      case ROW.gone:
        this.#vanished(target, STOP_REASONS[rows.handler(i)] ?? 'stopped');
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
      case ROW.watch:
        this.#watched(host, target);
        return;
      case ROW.stop:
        this.#known.get(target)?.requestStop((payload as ShutdownMs | null) ?? undefined);
        return;
      default:
        this.strayRows += 1;
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
    this.kernel.received += 1;
    const exported = this.#exported[slot];
    const handler = exported?.cell.definition.specs[handlerIndex];
    if (
      receipt === 'closed' ||
      exported === undefined ||
      handler === undefined ||
      payload === this.#options.lostPayload
    ) {
      this.#bury(receipt, exported, handler, payload, origin);
      return;
    }
    exported.cell.admitLent(handler, payload, origin);
  }

  /** A message that came and cannot be handled is a dead letter; its slot comes back. */
  #bury(
    receipt: 'admit' | 'closed',
    exported: ExportedCell | undefined,
    handler: HandlerSpec | undefined,
    payload: unknown,
    origin: Sender | RemoteAsk,
  ): void {
    const { retired, deadLetters } = this.kernel;
    retired.accepted += 1;
    retired.deadLettered += 1;
    const target = exported?.cell.address ?? { path: `host-${this.self}`, id: 0 };
    const isAsk = origin.originKind === ORIGIN.ask;
    const sender = isAsk ? origin.sender : origin;
    const reason = receipt === 'closed' ? 'actor-stopped' : 'not-decodable';
    const name = handler?.name ?? '?';
    deadLetters.offer({ reason, target, sender: sender.senderAddress, handler: name, payload });
    if (isAsk) {
      const code = receipt === 'closed' ? 'ERR_ACTOR_STOPPED' : 'ERR_ASK_DROPPED';
      origin.fail(new MillraceError(code, { target: target.path, handler: name, reason }));
    }
    if (receipt === 'admit' && exported !== undefined) {
      exported.cell.mailbox.takeBack(1);
      exported.released();
    }
  }

  #shipAsk(link: Link, slot: number, handler: HandlerSpec, payload: unknown, ask: Ask): void {
    this.#lastAsk = (this.#lastAsk + 1) | 0;
    const id = this.#lastAsk;
    const from = ask.sender.senderId;
    if (ask.chain.before === null) {
      taken(link.append(ROW.ask, handler.index, slot, from, id, payload));
    } else {
      const waiting: number[] = [];
      for (let one = ask.chain.before; one !== null; one = one.before as typeof one)
        waiting.push(one.sender.senderId);
      taken(link.append(ROW.askChain, handler.index, slot, from, id, [waiting, payload]));
    }
    this.#asks.set(id, ask);
    ask.onGivenUp = () => {
      this.#asks.delete(id);
      link.append(ROW.cancel, 0, id, 0, 0, undefined);
    };
  }

  #settleAsk(id: number, succeeded: boolean, payload: unknown): void {
    const ask = this.#asks.get(id);
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

  #watched(host: number, id: number): void {
    const cell = this.#known.get(id);
    if (cell === undefined) this.#say(host, ROW.gone, 0, id);
    else cell.watchedBy({ watchedStopped: (_, reason) => this.#sayGone(host, id, reason) });
  }

  #spawned(host: number, id: number, words: SpawnWords): void {
    const parent = new RemoteParent(words, (report) => {
      this.#say(host, ROW.report, 0, id, report);
    });
    const cell = new Cell(this.kernel, parent, this.#options.definition(words.actor), words.args, id);
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

  #vanished(id: number, reason: StopReason): void {
    const recipient = this.#remote.get(id);
    if (recipient === undefined) return;
    this.#remote.delete(id);
    recipient.vanished(reason);
    this.kernel.retired.add(recipient.ledger());
  }

  /** Gives `host` a slot of an actor, unless it is gone. */
  #export(cell: Cell, host: number): ExportedCell | null {
    if (cell.phase === 'stopped') return null;
    let exported = cell.dealer as ExportedCell | null;
    if (exported === null) {
      exported = new ExportedCell(cell, this.lenders, (gone) => this.#unexport(gone));
      this.#known.set(cell.id, cell);
      this.#exported[exported.lender.slot] = exported;
    }
    exported.lender.attach(host);
    return exported;
  }

  #unexport(exported: ExportedCell): void {
    this.#known.delete(exported.cell.id);
    for (const host of exported.lender.attached)
      this.#sayGone(host, exported.cell.id, exported.cell.extras?.stopReason ?? 'stopped');
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
      sender = new RemoteSender(host, id);
      remembered[at] = sender;
    }
    return sender;
  }

  #sayAttached(host: number, id: number, exported: ExportedCell): void {
    const { slot, generation } = exported.lender;
    taken(this.#options.link(host).append(ROW.attached, 0, id, slot, generation, undefined));
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
