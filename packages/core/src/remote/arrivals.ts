/**
 * User messages that come from other hosts. Owns their count; holds that each that was paid for is admitted with its
 * slot or is a dead letter, that its slot comes back in either case, and that one which was not is dropped. Called
 * by the node, once for each message; must not know rows.
 */
import type { Cell } from '../actor/cell.ts';
import type { HandlerSpec } from '../actor/definition.ts';
import type { Kernel } from '../actor/kernel.ts';
import { ORIGIN, type Sender } from '../actor/sender.ts';
import type { LenderTable } from '../credit/lender-table.ts';
import { MillraceError } from '../errors.ts';
import type { ActorTable } from './actor-table.ts';
import type { NodeOptions } from './node-options.ts';
import type { Rows } from './protocol.ts';
import type { RemoteAsk, RemoteSenders } from './remote-origin.ts';

/** Where messages of other hosts arrive. */
export class Arrivals {
  /** Messages taken, from whichever host. */
  count = 0;
  readonly #kernel: Kernel;
  readonly #self: number;
  readonly #lostPayload: unknown;
  readonly #received: Float64Array;
  readonly #lenders: LenderTable;
  readonly #bySlot: (Cell | undefined)[];
  readonly #senders: RemoteSenders;

  constructor(options: NodeOptions, lenders: LenderTable, actors: ActorTable, senders: RemoteSenders) {
    this.#senders = senders;
    this.#kernel = options.kernel;
    this.#self = options.self;
    this.#lostPayload = options.lostPayload;
    this.#received = options.received;
    this.#lenders = lenders;
    this.#bySlot = actors.bySlot;
  }

  /** User messages from all hosts that live. */
  get received(): number {
    return this.#received.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Takes the tells of the rows from `from` to before `end`, which are one run (see `Rows.endOfRun`): what they have in
   * common is looked up once.
   *
   * @returns how many were not paid for: they are nobody's
   */
  admitTells(host: number, rows: Rows, from: number, end: number): number {
    const slot = rows.target(from);
    const handlerIndex = rows.handler(from);
    const cell = this.#bySlot[slot];
    const handler = cell?.definition.specs[handlerIndex];
    const admitted =
      cell === undefined || handler === undefined ? -1 : this.#lenders.receiveOpen(host, slot, end - from);
    if (cell === undefined || handler === undefined || admitted < 0)
      return this.#admitEach(host, rows, from, end);
    if (admitted === 0) return end - from;
    this.#received[host] = (this.#received[host] as number) + admitted;
    this.count += admitted;
    const { payloads } = rows;
    const { mailbox } = cell;
    // First, because it reads the clock when the host was idle: see `Cell.admit`.
    cell.schedule();
    const { nowMs } = this.#kernel.dispatcher;
    let buried = 0;
    for (let i = from; i < from + admitted; i += 1) {
      const payload = payloads[i];
      const sender = this.#senders.of(host, rows.from(i));
      if (payload === this.#lostPayload) {
        this.#bury('admit', cell, handler, payload, sender);
        buried += 1;
      } else {
        mailbox.pushLent(handler, payload, sender, nowMs);
      }
    }
    cell.countAccepted(admitted - buried);
    return end - from - admitted;
  }

  #admitEach(host: number, rows: Rows, from: number, end: number): number {
    let unpaid = 0;
    for (let i = from; i < end; i += 1) {
      const sender = this.#senders.of(host, rows.from(i));
      if (!this.admit(host, rows.target(i), rows.handler(i), rows.payloads[i], sender)) unpaid += 1;
    }
    return unpaid;
  }

  /** Takes a message. False when it was not paid for: it is nobody's. */
  admit(
    host: number,
    slot: number,
    handlerIndex: number,
    payload: unknown,
    origin: Sender | RemoteAsk,
  ): boolean {
    const receipt = this.#lenders.receive(host, slot);
    if (receipt === 'unpaid') return false;
    const received = this.#received;
    received[host] = (received[host] as number) + 1;
    this.count += 1;
    const cell = this.#bySlot[slot];
    const handler = cell?.definition.specs[handlerIndex];
    if (
      receipt === 'closed' ||
      cell === undefined ||
      handler === undefined ||
      payload === this.#lostPayload
    ) {
      this.#bury(receipt, cell, handler, payload, origin);
    } else {
      cell.admitLent(handler, payload, origin);
    }
    return true;
  }

  /** A message that came and cannot be handled is a dead letter; its slot comes back. */
  #bury(
    receipt: 'admit' | 'closed',
    cell: Cell | undefined,
    handler: HandlerSpec | undefined,
    payload: unknown,
    origin: Sender | RemoteAsk,
  ): void {
    const { retired, deadLetters, losses } = this.#kernel;
    retired.accepted += 1;
    retired.deadLettered += 1;
    this.#kernel.accepted += 1;
    losses.bury();
    const target = cell?.address ?? { path: `host-${this.#self}`, id: 0 };
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
}
