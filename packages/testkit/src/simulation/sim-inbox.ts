/**
 * What comes to a virtual host: frames and control messages, one at a time. Each but an actor on its way stays on its
 * lane until it was obeyed, so that a successor reads again what this thread died over. Owns what is left over of a
 * frame; holds that what was paid for is admitted, and only by the lender that it was paid to. Called by its host.
 */
import type { WaitProbe } from '@millrace/core/credit';
import { check, type SimMessage, unreachable } from './message.ts';
import type { Control, Frame, Parcel } from './network.ts';
import type { SimCell } from './sim-cell.ts';
import type { SimHost } from './sim-host.ts';
import type { SimSurroundings } from './sim-surroundings.ts';

/** Everything that one host has to read. */
export class SimInbox {
  /** Host whose control message is being obeyed, and stays on its lane meanwhile; or -1. */
  obeying = -1;
  readonly #world: SimSurroundings;
  readonly #host: SimHost;
  /** What came in the frame at hand for actors that are gone. */
  readonly #rests: SimMessage[] = [];

  constructor(world: SimSurroundings, host: SimHost) {
    this.#world = world;
    this.#host = host;
  }

  /** Reads a frame of one of those that sent some. */
  readData(): void {
    const { network, random } = this.#world;
    const { index } = this.#host;
    const from = network.dataFrom(index, random.next(this.#world.hosts));
    const frame = network.peekData(from, index);
    if (frame === undefined) return;
    this.#notice(from, frame.incarnation);
    // What was there before a new incarnation of the sender may have been read just now.
    if (network.peekData(from, index) !== frame) return;
    this.#accept(from, frame);
  }

  /** Reads all frames of a host up to this incarnation, which died. */
  readLast(from: number, incarnation: number): void {
    for (;;) {
      const frame = this.#world.network.peekData(from, this.#host.index);
      if (frame === undefined || frame.incarnation > incarnation) return;
      this.#accept(from, frame);
    }
  }

  /** Something of `from` in this incarnation was seen: earlier ones are dead. */
  #notice(from: number, incarnation: number): void {
    if (this.#host.peers.epochOf(from) < incarnation) this.#host.reap(from, incarnation - 1);
  }

  #accept(from: number, frame: Frame): void {
    const { actors, index, outbox, peers, slots } = this.#host;
    if (frame.kind === 'hello' || frame.kind === 'fence') peers.fence(from, frame.ofIncarnation);
    else if (frame.kind === 'echo') {
      outbox.post(from, { kind: 'echoed', actor: frame.actor, round: frame.round });
    } else for (const parcel of frame.parcels) this.#receive(from, parcel);
    this.#world.interrupts.moment();
    // Only now: had this thread died before, its successor would read the frame again.
    this.#world.network.takeData(from, index);
    if (frame.kind !== 'batch') return;
    for (const { message } of frame.parcels) message.at = index;
    slots.lenders.endOfBatch();
    for (const message of this.#rests.splice(0)) actors.end(message, 'dead');
  }

  #receive(from: number, parcel: Parcel): void {
    const { message } = parcel;
    const { actors, incarnation, peers, slots } = this.#host;
    const cell = actors.cells[message.to];
    if (parcel.ownerIncarnation < incarnation) {
      check(
        !peers.isFenced(from),
        'I10 generations never mix',
        () => `message ${message.id} came behind the fence`,
      );
      const receipt = peers.heldFor(message.to)?.receiveHeld() ?? 'closed';
      check(receipt !== 'unpaid', 'I7 what is paid for is admitted', () => `message ${message.id}`);
      if (receipt === 'admit' && cell !== undefined) this.#queue(cell, message, from);
      else this.#rests.push(message);
      return;
    }
    const lender = slots.lenders.get(parcel.slot);
    const receipt = slots.lenders.receive(from, parcel.slot);
    check(receipt !== 'unpaid', 'I2 received ≤ spent', () => `message ${message.id}`);
    const actor = slots.actorOf(parcel.slot);
    check(
      actor === message.to,
      'I10 generations never mix',
      () => `message ${message.id} for actor ${message.to} came to ${String(actor)}`,
    );
    if (receipt === 'closed') {
      this.#rests.push(message);
      return;
    }
    check(
      cell !== undefined && cell.lender === lender,
      'I10 generations never mix',
      () => `slot ${parcel.slot}`,
    );
    this.#queue(cell, message, from);
  }

  #queue(cell: SimCell, message: SimMessage, from: number): void {
    cell.pool.pushLent(message);
    if (cell.lender !== undefined) this.#world.oracle.received(this.#host.index, cell.lender.slot, from);
  }

  /** Reads a control message of one of those that sent some. */
  readControl(): void {
    const { network, random } = this.#world;
    const { index } = this.#host;
    const from = network.controlFrom(index, random.next(this.#world.hosts));
    const control = network.peekControl(from, index);
    if (control === undefined) return;
    this.#notice(from, control.incarnation);
    // An actor is in one place at a time: it is taken off the lane before it settles in here. All else can
    // be read twice, by this thread and by its successor.
    if (control.kind === 'adopt') network.takeControl(from, index);
    this.obeying = from;
    if (this.#concerns(from, control)) this.#obey(from, control);
    this.obeying = -1;
    if (control.kind !== 'adopt') network.takeControl(from, index);
  }

  /** What was meant for this host's predecessor says nothing to it; nor do the questions and signals of the dead. */
  #concerns(from: number, control: Control): boolean {
    if (control.kind === 'adopt') return true;
    if (control.forIncarnation !== this.#host.incarnation) return false;
    if (control.kind === 'reply' || control.kind === 'echoed') return true;
    return control.incarnation >= this.#host.peers.epochOf(from);
  }

  #obey(from: number, control: Control): void {
    const { actors, index, moves, sends, slots, waits } = this.#host;
    switch (control.kind) {
      case 'signal':
        if (control.signal === 'grant') sends.leases.granted(from, control.slot);
        else {
          slots.lenders.look(from, control.slot);
          this.#world.oracle.looked(index, slots.lenders.get(control.slot), from);
        }
        return;
      case 'resolve':
        this.#answerResolve(from, control.actor);
        return;
      case 'resolved': {
        const route = sends.routes[control.actor];
        if (route === undefined || route.owner >= 0) return;
        if (control.answer === 'here') {
          route.opened(from, control.incarnation, control.slot, control.generation);
        } else route.lookUp();
        return;
      }
      case 'probe':
        waits.graph.receive(control.probe as WaitProbe);
        return;
      case 'overdraft': {
        const lender = slots.lenders.get(control.slot);
        if (lender?.generation === control.generation) lender.overdraft(from);
        return;
      }
      case 'echoed': {
        const cell = actors.cells[control.actor];
        if (cell?.echoes?.round === control.round) cell.echoes.from.delete(from);
        return;
      }
      case 'reply':
        actors.replied(control.ask);
        return;
      case 'adopt':
        moves.adopt(control.cell);
        return;
      default:
        unreachable(control);
    }
  }

  #answerResolve(from: number, actor: number): void {
    const { actors, outbox, slots } = this.#host;
    const cell = actors.cells[actor];
    if (cell === undefined) {
      const answer = this.#world.homeOf(actor) === -1 ? 'gone' : 'elsewhere';
      outbox.post(from, {
        kind: 'resolved',
        actor,
        answer,
        slot: 0,
        generation: 0,
      });
      return;
    }
    const lender = slots.lend(cell);
    lender.attach(from);
    outbox.post(from, {
      kind: 'resolved',
      actor,
      answer: 'here',
      slot: lender.slot,
      generation: lender.generation,
    });
  }
}
