/**
 * The receiving end of an actor that lives on another host, or may: what is sent is paid for by a lease. Owns what
 * becomes of a parked send that was paid for, and what a full mailbox elsewhere means here. Where the lease comes
 * from, and how a message travels, is for those derived from it.
 */
import type { GrantListener } from '../credit/lease-table.ts';
import type { Lease } from '../credit/lease.ts';
import { missed, type Outbound, serve } from '../credit/outbound.ts';
import type { OverflowVerdict, SendMode } from '../mailbox/overflow.ts';
import type { ParkedSend } from './parked-send.ts';
import { Recipient } from './recipient.ts';
import { ORIGIN, type Sender } from './sender.ts';

/** A recipient that pays by a lease. */
export abstract class LeasedRecipient
  extends Recipient
  implements Outbound<Sender, ParkedSend>, GrantListener
{
  lease: Lease | null = null;

  override get self(): null {
    return null;
  }

  /** Puts a paid send on the link. Throws when it cannot be encoded. */
  protected abstract carry(send: ParkedSend): void;

  abstract closed(): void;

  granted(): void {
    serve(this);
  }

  ship(send: ParkedSend): boolean {
    if (send.origin.originKind === ORIGIN.ask && send.origin.settled) {
      // Came back from a host that died, and its asker has given up meanwhile.
      this.losses.refuse();
      send.admitted();
      return false;
    }
    try {
      this.carry(send);
    } catch (error) {
      this.losses.refuse();
      send.refused(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
    send.admitted();
    const { events } = this.kernel;
    if (events.wants('resumed'))
      events.emit('resumed', { address: this.address, sender: send.sender.senderAddress });
    return true;
  }

  /** Where a slot must be made by dropping, the owner drops: demand from here makes it evict and grant. */
  protected override decide(mode: SendMode): OverflowVerdict {
    const verdict = super.decide(mode);
    const drops = verdict === 'evict-oldest' || verdict === 'evict-same-key';
    if (mode === 'try') {
      if (drops) this.lease?.announce();
      else missed(this);
    }
    if (!drops) return verdict;
    return mode === 'try' ? 'refuse' : 'park';
  }

  protected override evictOldest(): boolean {
    return false;
  }

  protected override replaceSameKey(): boolean {
    return false;
  }
}
