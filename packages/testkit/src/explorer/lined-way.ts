/**
 * One host's way to one mailbox elsewhere, whose sends wait in a line of its own: what a model, a simulation or a
 * bench has in place of a recipient. Owns the line; holds that the way hears of each change to it. How a paid send
 * travels is for those derived from it.
 */
import {
  type GrantListener,
  type Lease,
  lineGrew,
  lineShrank,
  type Outbound,
  serve,
  type Waiting,
  WaitingLine,
} from '@millrace/core/credit';

/** A way whose sends wait in a line of its own. */
export abstract class LinedWay<Sender extends object, Entry extends Waiting<Sender>>
  implements Outbound<Sender, Entry>, GrantListener
{
  lease: Lease | null = null;
  readonly line: WaitingLine<Sender, Entry> = new WaitingLine<Sender, Entry>();

  abstract ship(entry: Entry): boolean;
  abstract closed(): void;

  granted(): void {
    serve(this);
  }

  /** A send waits, unless there is credit for it now. */
  park(entry: Entry): void {
    this.line.enqueue(entry);
    lineGrew(this);
  }

  /** Takes a send that waits out. False when it has left the line already. */
  remove(entry: Entry): boolean {
    if (!this.line.remove(entry)) return false;
    lineShrank(this);
    return true;
  }
}
