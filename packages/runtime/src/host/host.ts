/**
 * One host, put together: a system of the core, the node that makes it one among others, a link to and from
 * each other host, and the loop that drives them. Owns nothing but the wiring. The main thread is host 0;
 * worker threads are the others.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import { createSystem, MillraceError, type Ports, type System, type SystemOptions } from '@millrace/core';
import {
  type ErasedDefinition,
  type HostLossReport,
  keyedWaits,
  LedgerTotal,
  Node,
  type NodeLink,
  Ref,
} from '@millrace/core/remote';
import { FRAMES_PER_POLL_MAX, POLL_ENOUGH_MESSAGES } from '../limits.ts';
import { doorbellAt, ringDoorbell } from '../ring/doorbell.ts';
import { LinkReader, LOST_PAYLOAD } from '../transport/link-reader.ts';
import { LinkWriter } from '../transport/link-writer.ts';
import { TransferReceiver, TransferSender } from '../transport/transfer-channel.ts';
import type { TransferSink } from '../codec/payload-walk.ts';
import type { HostStatus, HostView } from './control.ts';
import type { Definitions } from './definitions.ts';
import { HostLoop, type Loop, type LoopWork } from './host-loop.ts';
import { FEED } from '../streams/feed-definition.ts';
import { nodePorts } from './node-ports.ts';
import { emptyDeadLink } from './dead-links.ts';
import { EventFeed } from './event-feed.ts';
import { HostAccount, receivedBy } from './host-account.ts';
import { loadOf, LoadMeter } from './host-load.ts';
import { Placer } from './placement.ts';
import { beatAt, idSource, leasePage, ringMemory, type SharedMemory } from './shared-memory.ts';

/** What one host is made of. */
export interface HostOptions {
  readonly self: number;
  /** How often this host was started, this time included. */
  readonly incarnation: number;
  readonly memory: SharedMemory;
  readonly definitions: Definitions;
  readonly messageMaxBytes: number;
  readonly spinMaxUs: number;
  readonly system: SystemOptions;
  readonly log: Ports['log'];
  /** In place of Node's clock and event loop: the test kit steps its hosts by hand. */
  readonly surroundings?: {
    readonly ports: Omit<Ports, 'scheduler'>;
    readonly makeLoop: (work: LoopWork) => Loop;
  };
}

/** A running host. */
export class Host implements LoopWork {
  readonly self: number;
  readonly memory: SharedMemory;
  readonly system: System;
  readonly node: Node;
  /** What happens here, for listeners on the main thread. */
  readonly events: EventFeed;
  readonly loop: Loop;
  readonly #readers: readonly LinkReader[];
  readonly #readFrom: readonly number[];
  readonly #writers: (CountedLink | null)[];
  readonly #open: CountedLink[] = [];
  readonly #options: HostOptions;
  readonly #account: HostAccount;
  readonly #load: LoadMeter;
  readonly #ports: (MessagePort | undefined)[] = [];
  readonly #senders: (TransferSender | undefined)[] = [];
  readonly #receivers: (TransferReceiver | undefined)[] = [];
  #loadBefore: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(options: HostOptions) {
    this.#options = options;
    const { self, memory } = options;
    this.self = self;
    this.memory = memory;
    this.loop =
      options.surroundings?.makeLoop(this) ??
      new HostLoop(this, {
        doorbells: memory.doorbells,
        index: doorbellAt(self),
        spinMaxUs: options.spinMaxUs,
      });
    this.#writers = Array.from({ length: memory.hosts }, () => null);
    this.system = createSystem(
      { ...(options.surroundings?.ports ?? nodePorts(options.log)), scheduler: this.loop },
      options.system,
      idSource(memory),
    );
    const { kernel } = this.system;
    this.events = new EventFeed(kernel.events);
    const placer = new Placer({
      self,
      alive: memory.alive,
      random: kernel.ports.random,
      now: () => kernel.ports.clock.now(),
      loadOf: (host) => loadOf(memory, host),
      hostOf: (ref) => this.node.hostOf(ref),
    });
    this.node = new Node({
      kernel,
      self,
      hosts: memory.hosts,
      makePage: (page) => leasePage(memory, self, page),
      findPage: (owner, page) => leasePage(memory, owner, page),
      definition: (name) => definitionOf(options.definitions, name),
      link: (host) => this.#link(host),
      lostPayload: LOST_PAYLOAD,
      received: receivedBy(memory, self),
      loadOf: (host) => loadOf(memory, host),
      incarnation: options.incarnation,
      losses: memory.losses,
      placeAgain: (placement) => placer.placeAgain(placement),
    });
    this.#account = new HostAccount(memory, this.node);
    this.#load = new LoadMeter(memory, self, kernel, options.surroundings === undefined);
    const local = kernel.createChild;
    kernel.createChild = (link, definition, args, placement) => {
      const host = placer.place(placement);
      return host === self
        ? local(link, definition, args, placement)
        : this.node.spawnOn(host, link, definition, args, placement);
    };
    this.#readFrom = Array.from({ length: memory.hosts }, (_, host) => host).filter((host) => host !== self);
    this.#readers = this.#readFrom.map((from) => this.#reader(from));
  }

  receive(): boolean {
    let worked = false;
    for (let i = 0; i < this.#readers.length; i += 1) {
      const reader = this.#readers[i] as LinkReader;
      if (!reader.pending) continue;
      const from = this.#readFrom[i] as number;
      let messages = 0;
      for (let frame = 0; frame < FRAMES_PER_POLL_MAX && messages < POLL_ENOUGH_MESSAGES; frame += 1) {
        const batch = reader.take();
        if (batch === undefined) break;
        worked = true;
        messages += batch.count;
        this.node.receive(from, batch);
      }
    }
    return worked;
  }

  pending(): boolean {
    for (const reader of this.#readers) if (reader.pending) return true;
    for (const link of this.#open) if (link.pending > 0 && link.push()) return true;
    return false;
  }

  send(): void {
    this.#tell();
    this.node.lenders.endOfBatch();
    this.node.endOfPass();
    for (const link of this.#open) if (link.pending > 0) link.push();
    this.node.afterFlush();
  }

  beforeSleep(): void {
    this.node.lenders.beforeSleep();
    this.node.endOfPass();
    for (const link of this.#open) if (link.pending > 0) link.push();
  }

  /**
   * The thread of another host ended. What it committed is taken, what was committed to it and not taken comes
   * back, and whoever waited for it is told.
   */
  hostLost(host: number): HostLossReport {
    const reader = this.#readers[this.#readFrom.indexOf(host)];
    for (let batch = reader?.take(); batch !== undefined; batch = reader?.take())
      this.node.receive(host, batch);
    const link = this.#writers[host];
    if (link !== null && link !== undefined) this.#takeBack(host, link);
    return this.node.hostLost(host);
  }

  /** No worker lives and none will. */
  workersGivenUp(): void {
    this.node.workersGivenUp();
  }

  /** See `emptyDeadLink`. */
  emptyDeadLink(from: number, to: number): number {
    const { memory, messageMaxBytes } = this.#options;
    return emptyDeadLink(memory, from, to, messageMaxBytes);
  }

  #takeBack(host: number, link: CountedLink): void {
    const { memory, messageMaxBytes } = this.#options;
    const bySlot = this.node.recipientsBySlot(host);
    const own = new LinkReader({
      memory: ringMemory(memory, this.self, host),
      wakeWriter: () => undefined,
      messageMaxBytes,
      source: {
        ref: (words) => this.node.readRef(words, this.self),
        transferred: () => {
          throw new MillraceError('ERR_HOST_LOST', {
            host,
            reason: 'a transferred buffer went down with it',
          });
        },
      },
    });
    do {
      link.push();
      for (let batch = own.take(); batch !== undefined; batch = own.take())
        this.node.takeBack(host, batch, bySlot);
    } while (link.pending > 0);
  }

  /** Leaves behind what would be asked for if this thread died now. */
  #tell(): void {
    const { beats } = this.#options.memory;
    const at = beatAt(this.self);
    // One writer, and the reader looks a few times a second: no need for an atomic addition.
    Atomics.store(beats, at, ((beats[at] as number) + 1) | 0);
    this.#account.write();
    this.#load.write();
  }

  /** What this host has going. */
  status(): HostStatus {
    const { activeCells, outside, waits } = this.system.kernel;
    const { sent, received } = this.node;
    // What a parked send waits for may be a word from another host, while no actor anywhere has anything to do.
    return { active: activeCells + waits.mutedActors + outside.parkedSends, sent, received };
  }

  /** This host's actors, what they wait for, what came and made no sense, and how busy the thread was lately. */
  inspect(): HostView {
    const load = performance.eventLoopUtilization();
    const busyShare = performance.eventLoopUtilization(load, this.#loadBefore).utilization;
    this.#loadBefore = load;
    const { actors, actorsLeftOut } = this.system.inspect();
    const { waits, waitsLeftOut } = keyedWaits(this.system.keyedHost);
    return {
      host: this.self,
      busyShare,
      actors: [...this.node.inspect(), ...actors],
      actorsLeftOut,
      waits: [...this.node.waits(), ...waits],
      waitsLeftOut,
      corruptFrames: this.#readers.reduce((sum, { corruptions }) => sum + corruptions, 0),
      lostPayloads: this.#readers.reduce((sum, { lostPayloads }) => sum + lostPayloads, 0),
      strayRows: this.node.strayRows,
    };
  }

  /** The account of this host's actors, and of what this host offered to others. */
  ledger(): LedgerTotal {
    const total = new LedgerTotal().add(this.system.ledger());
    this.node.addTo(total);
    return total;
  }

  /** Transferred buffers to and from another host travel on this port. */
  joinTransfers(host: number, port: MessagePort): void {
    this.#ports[host]?.close();
    this.#ports[host] = port;
    this.#senders[host] = new TransferSender(port);
    this.#receivers[host] = new TransferReceiver(port);
    // Nobody listens on it: buffers are taken when their frame is read, and it must not keep the thread up.
    port.unref();
  }

  /** Ends the loop and lets go of what would keep the thread up. */
  close(): void {
    this.loop.end();
    for (const port of this.#ports) port?.close();
  }

  #link(host: number): NodeLink {
    const existing = this.#writers[host];
    if (existing !== null && existing !== undefined) return existing;
    const { memory, messageMaxBytes } = this.#options;
    const writer = new LinkWriter({
      memory: ringMemory(memory, this.self, host),
      wake: () => ringDoorbell(memory.doorbells, doorbellAt(host)),
      onFull: () => this.node.heldBack(),
      messageMaxBytes,
      refs: {
        owns: (value) => Ref.isRef(value),
        write: (ref) => this.node.writeRef(ref, host),
        read: (words) => this.node.readRef(words, host),
      },
      transfers: new LateSink(() => this.#sender(host)),
    });
    const link = new CountedLink(writer, this.loop);
    this.#writers[host] = link;
    this.#open.push(link);
    return link;
  }

  #sender(host: number): TransferSender {
    const sender = this.#senders[host];
    if (sender === undefined)
      throw new MillraceError('ERR_HOST_LOST', { host, reason: 'no way for buffers to it' });
    return sender;
  }

  #reader(from: number): LinkReader {
    const { memory, messageMaxBytes } = this.#options;
    return new LinkReader({
      memory: ringMemory(memory, from, this.self),
      wakeWriter: () => ringDoorbell(memory.doorbells, doorbellAt(from)),
      messageMaxBytes,
      source: {
        ref: (words) => this.node.readRef(words, from),
        transferred: (sequence, index) => {
          const receiver = this.#receivers[from];
          if (receiver === undefined)
            throw new MillraceError('ERR_FRAME_CORRUPT', { reason: 'no way for buffers', from });
          return receiver.take(sequence, index);
        },
      },
    });
  }
}

/** A link that wakes its host's loop when a row is added outside a cycle. */
class CountedLink implements NodeLink {
  readonly #writer: LinkWriter;
  readonly #loop: Loop;

  constructor(writer: LinkWriter, loop: Loop) {
    this.#writer = writer;
    this.#loop = loop;
  }

  get pending(): number {
    return this.#writer.pending;
  }

  append(
    kind: number,
    handler: number,
    target: number,
    from: number,
    ask: number,
    payload: unknown,
  ): boolean {
    this.#loop.stir();
    return this.#writer.append(kind, handler, target, from, ask, payload);
  }

  /** Writes rows out. True when some left. */
  push(): boolean {
    const before = this.#writer.pending;
    return this.#writer.flush() || this.#writer.pending < before;
  }
}

/** The way for buffers, looked up when it is used: a link is made before it. */
class LateSink implements TransferSink {
  readonly #sender: () => TransferSender;

  constructor(sender: () => TransferSender) {
    this.#sender = sender;
  }

  get nextSequence(): number {
    return this.#sender().nextSequence;
  }

  send(buffers: ArrayBuffer[]): void {
    this.#sender().send(buffers);
  }
}

function definitionOf(definitions: Definitions, name: string): ErasedDefinition {
  // No module of the application has to export what the runtime itself brings.
  const definition = name === FEED.name ? FEED : definitions.get(name);
  if (definition === undefined)
    throw new MillraceError('ERR_DEFINITIONS', { actor: name, reason: 'no module defines it' });
  return definition as unknown as ErasedDefinition;
}
