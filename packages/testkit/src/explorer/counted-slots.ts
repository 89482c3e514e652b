/**
 * The slots of a mailbox that is nothing but its counters, for models and measurements of credit alone. Holds that
 * `depth` never passes the capacity; its host parks no sends, and nobody borrows.
 */
import type { LocalLine, SlotPool } from '@millrace/core/credit';

/** Slots, and the line of a host on which nobody waits. */
export class CountedSlots implements SlotPool, LocalLine {
  readonly capacityMessages: number;
  readonly sends = 0;
  readonly senders = 0;
  readonly overdraft = 0;
  free: number;
  depth = 0;
  lent = 0;
  contended = false;

  constructor(capacityMessages: number) {
    this.capacityMessages = capacityMessages;
    this.free = capacityMessages;
  }

  lend(count: number): void {
    this.free -= count;
    this.lent += count;
  }

  takeBack(count: number): void {
    this.lent -= count;
    this.free += count;
  }

  lendOverdraft(): void {
    throw new Error('nobody borrows here');
  }

  admit(): number {
    return 0;
  }

  evict(): number {
    return 0;
  }

  /** A message came into the slot that was lent for it. */
  take(): void {
    this.lent -= 1;
    this.depth += 1;
    if (this.lent < 0 || this.depth > this.capacityMessages) throw new Error('the bound is broken');
  }

  /** A message is handled. */
  finish(): void {
    this.depth -= 1;
    this.free += 1;
  }
}
