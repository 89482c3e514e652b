/**
 * One thread of the bare S6: sends its stream of keys over links, paid for with credit, and counts for the keys that
 * are its own. It takes what came, then sends a slice, and looks again until all threads have sent everything.
 */
import { type CreditSignal, type SharedWords, tryPay } from '@millrace/core/credit';
import { AtomicWords, attachLinkMemory, LinkReader, LinkWriter } from 'millrace/link';
import { Spin } from '../../load/spin.ts';
import { serveRequests, startData } from '../../load/thread.ts';
import { type Carrier, counters, leases, type Surroundings, type Way } from './credit.ts';
import type { BareWays } from './zipf-count.ts';

export interface HostData {
  readonly self: number;
  /** By sending, then by receiving thread. */
  readonly links: readonly (readonly (SharedArrayBuffer | null)[])[];
  /** By owner: pages of credit. */
  readonly pages: readonly (readonly SharedArrayBuffer[])[];
  readonly ways: BareWays;
  readonly stream: Int32Array;
  readonly keys: number;
  readonly capacity: number;
}

/** What a thread counted in one pass. */
export interface HostReport {
  readonly counts: Int32Array;
  readonly sums: Int32Array;
  readonly handled: number;
}

/** Kinds of rows on a link. */
const MESSAGE = 0;
const DEMAND = 1;
const GRANT = 2;
/** The sender has sent everything. */
const FINISHED = 3;

/** Sends of one slice, as a producer of the whole system has them in a turn. */
const SLICE_MESSAGES = 256;
/** Sends that wait before a producer stops; the same as there. */
const PARKED_BEFORE_STOP = 12;
/** Frames taken from one link before the others. */
const FRAMES_MAX = 16;
const MESSAGE_MAX_BYTES = 1_000_000;

const { self, links, pages, ways, stream, keys, capacity } = startData<HostData>();
const hosts = links.length;
const mask = stream.length - 1;
const me = {};
const spin = new Spin();
const others = links.map((_, host) => host).filter((host) => host !== self);
const nothing = (): never => {
  throw new Error('these payloads hold neither refs nor transfers');
};
const writers = links.map((_, to) => {
  const buffer = links[self]?.[to] ?? null;
  if (buffer === null) return undefined;
  return new LinkWriter({
    memory: attachLinkMemory(buffer),
    wake: () => {},
    messageMaxBytes: MESSAGE_MAX_BYTES,
  });
});
const readers = links.map((row) => {
  const buffer = row[self] ?? null;
  if (buffer === null) return undefined;
  const memory = attachLinkMemory(buffer);
  const source = { ref: nothing, transferred: nothing };
  return new LinkReader({ memory, wakeWriter: () => {}, messageMaxBytes: MESSAGE_MAX_BYTES, source });
});

let counts = new Int32Array(keys);
let sums = new Int32Array(keys);
let handled = 0;
let parked = 0;
/** A ring was full: what is sent on would go as a batch. */
let held = false;
let sendersLeft = hosts;

const words = pages.map((row) => row.map((buffer) => new AtomicWords(new Int32Array(buffer))));
const carry: Carrier = (lease, { value }) => {
  parked -= 1;
  say(lease.owner, MESSAGE, lease.slot, value);
};
const surroundings: Surroundings = {
  self,
  hosts,
  mailboxes: Math.ceil((keys - self) / hosts),
  capacity,
  port: { post: (to, signal: CreditSignal, slot) => say(to, signal === 'demand' ? DEMAND : GRANT, slot, 0) },
  page: (owner, page) => words[owner]?.[page] as SharedWords,
  carry,
};
const credit = ways.credit === 'leases' ? leases(surroundings) : counters(surroundings);
/** By key; none to keys of this thread. */
const waysOut: (Way | undefined)[] = Array.from({ length: keys }, (_, key) =>
  key % hosts === self ? undefined : credit.open(key % hosts, Math.floor(key / hosts)),
);

serveRequests<{ messages: number }>(({ messages }): HostReport => {
  let sent = 0;
  let saidFinished = false;
  while (sendersLeft > 0) {
    let busy = false;
    for (const host of others) busy = drain(host) || busy;
    credit.settle(!busy);
    const end = Math.min(messages, sent + SLICE_MESSAGES);
    for (; sent < end && parked < PARKED_BEFORE_STOP && !held; sent += 1) {
      busy = true;
      send(stream[sent & mask] as number, sent);
    }
    if (sent === messages && parked === 0 && !saidFinished) {
      saidFinished = true;
      sendersLeft -= 1;
      for (const host of others) say(host, FINISHED, 0, 0);
    }
    held = false;
    for (const host of others) if (!(writers[host] as LinkWriter).flush()) held = ways.flushes === 'each';
    if (!busy) spin.again();
  }
  // The others wait for what is still here.
  for (const host of others) while (!(writers[host] as LinkWriter).flush()) spin.again();
  const report = { counts, sums, handled };
  counts = new Int32Array(keys);
  sums = new Int32Array(keys);
  handled = 0;
  sendersLeft = hosts;
  return report;
});

function send(key: number, value: number): void {
  const way = waysOut[key];
  if (way === undefined) {
    handle(key, value);
    return;
  }
  if (tryPay(way) === 'paid') {
    say(key % hosts, MESSAGE, Math.floor(key / hosts), value);
    return;
  }
  parked += 1;
  way.park({ sender: me, value });
}

function say(to: number, kind: number, slot: number, value: number): void {
  const writer = writers[to] as LinkWriter;
  if (!writer.append(kind, 0, slot, 0, 0, value)) throw new Error('credit bounds what waits for a link');
  if (ways.flushes === 'each' && !writer.flush()) held = true;
}

/** Takes what came from one thread. Every message has its slot before the first is handled, as in a mailbox. */
function drain(from: number): boolean {
  const reader = readers[from] as LinkReader;
  let frames = 0;
  for (; frames < FRAMES_MAX; frames += 1) {
    const batch = reader.take();
    if (batch === undefined) break;
    for (let i = 0; i < batch.count; i += 1)
      if (batch.kind(i) === MESSAGE) credit.take(from, batch.target(i));
    for (let i = 0; i < batch.count; i += 1) {
      const slot = batch.target(i);
      const kind = batch.kind(i);
      if (kind === MESSAGE) {
        handle(slot * hosts + self, batch.payloads[i] as number);
        credit.done(slot);
      } else if (kind === DEMAND) credit.demanded(from, slot);
      else if (kind === GRANT) credit.granted(from, slot);
      else sendersLeft -= 1;
    }
  }
  return frames > 0;
}

function handle(key: number, value: number): void {
  counts[key] = (counts[key] as number) + 1;
  sums[key] = ((sums[key] as number) + value) | 0;
  handled += 1;
}
