/**
 * Who waits for whom, and whether they wait in a circle. Owns the waits (edges) of one host's actors; holds
 * that an edge is called part of a cycle only when all edges of that cycle stood at one moment, and that
 * of each cycle exactly one edge, its youngest, is acted upon. Called by the host on its own thread, which
 * says when an actor begins and ends to wait; must not know leases, mailboxes or timers.
 *
 * Edges are chased across hosts after K. M. Chandy, J. Misra and L. M. Haas, "Distributed Deadlock
 * Detection" (ACM TOCS 1983), for actors that go on only when all they wait for has come. A probe starts at
 * an edge that is old enough and travels along edges older than it: so the probe of a cycle's youngest edge
 * comes back, and that of no other one does. What came back may be a phantom, each edge seen at its own
 * time. So the path is read a second time. Versions are never used again: an edge that is there in both
 * readings was there all the time between them, and so were all the others.
 *
 *   A waits for B since 10 ms (version 7), B for C since 30 ms (4), C for A since 55 ms (9)
 *   first reading from C's edge, the youngest: C→A, A→B, B→C, back; second reading: 9, 7, 4 still stand
 *   C's message is let into A's mailbox above its capacity; if that does not help, C's send fails
 */
import { unreachable } from '../lib/assert.ts';
import {
  WAIT_CHASES_PER_TICK_MAX,
  WAIT_EDGE_CHASE_AFTER_MS,
  WAIT_PATH_MAX_EDGES,
  WAIT_PROBES_REMEMBERED_MAX,
  WAIT_RECHASE_MAX_MS,
} from '../limits.ts';

/** What an actor waits for: a slot for a parked `send`, or the reply to an `ask`. */
export type WaitKind = 'send' | 'ask';

/** One wait, as another host sees it. Plain data. */
export interface WaitStep {
  /** The actor that waits. */
  readonly from: number;
  /** The actor that it waits for. */
  readonly to: number;
  /** What it waits for there. */
  readonly kind: WaitKind;
  /** Host of `from`. */
  readonly host: number;
  /** Tells this wait from any other of that host. */
  readonly version: number;
  /** When it began. */
  readonly sinceMs: number;
}

/**
 * A message between wait graphs, for the control lane. Plain data.
 *
 * - `search`: first reading. The path grows as the probe travels.
 * - `confirm`: second reading. The first `at` steps of the path were seen to stand again.
 * - `relieve`: the cycle is real. The host of step `at` lets that step's message in above the capacity.
 */
export interface WaitProbe {
  /** What the receiving host does with it. */
  readonly stage: 'search' | 'confirm' | 'relieve';
  /** Begins with the edge that is chased. */
  readonly path: readonly WaitStep[];
  /** Times that edge was chased. */
  readonly attempt: number;
  /** Index of the step whose turn it is, except in a search. */
  readonly at: number;
}

/** What the wait graph asks of its host. */
export interface WaitGraphHost {
  /** The host whose waits these are. */
  readonly self: number;
  /** How often this host was started: tells its waits from those of the thread that died before. */
  readonly incarnation: number;
  /** Host of an actor; undefined when it is gone or unknown. */
  hostOf(actor: number): number | undefined;
  /** Sends a probe to another host; a lost one is sent again later. */
  post(toHost: number, probe: WaitProbe): void;
  /**
   * Lets the message of this wait into its mailbox above the capacity. The wait may go on if it cannot. `path` is
   * the cycle.
   */
  overdraft(wait: Wait, path: readonly WaitStep[]): void;
  /** Fails the send or ask of this wait. `path` is the cycle, the failing wait first. */
  fail(wait: Wait, path: readonly WaitStep[]): void;
}

/** One wait of an actor of this host. */
export class Wait implements WaitStep {
  /** See {@link WaitStep.from}. */
  readonly from: number;
  /** See {@link WaitStep.to}. */
  readonly to: number;
  /** See {@link WaitStep.kind}. */
  readonly kind: WaitKind;
  /** See {@link WaitStep.host}. */
  readonly host: number;
  /** See {@link WaitStep.version}. */
  readonly version: number;
  /** See {@link WaitStep.sinceMs}. */
  readonly sinceMs: number;
  /** When it is chased next. */
  chaseAtMs: number;
  /** Times it was chased. */
  attempts = 0;
  /** A slot above the capacity was asked for its cycle, or for itself, already. */
  relieved = false;

  constructor(from: number, to: number, kind: WaitKind, host: number, version: number, sinceMs: number) {
    this.from = from;
    this.to = to;
    this.kind = kind;
    this.host = host;
    this.version = version;
    this.sinceMs = sinceMs;
    this.chaseAtMs = sinceMs + WAIT_EDGE_CHASE_AFTER_MS;
  }
}

/** The waits of one host. */
export class WaitGraph {
  readonly #host: WaitGraphHost;
  /** By version, and so by age: the oldest first. */
  readonly #waits = new Map<number, Wait>();
  readonly #byActor = new Map<number, Wait[]>();
  /** Actors that a probe passed here, by probe; the oldest probe first. */
  readonly #passed = new Map<string, Set<number>>();
  #versions: number;

  constructor(host: WaitGraphHost) {
    this.#host = host;
    this.#versions = host.incarnation * VERSIONS_PER_INCARNATION;
  }

  /** Waits that stand. */
  get size(): number {
    return this.#waits.size;
  }

  /**
   * An actor of this host begins to wait, and handles no message until the wait ends. (One that still handles
   * others, by concurrency or interleaving, is no edge yet.)
   */
  begin(from: number, to: number, kind: WaitKind, nowMs: number): Wait {
    this.#versions += 1;
    const wait = new Wait(from, to, kind, this.#host.self, this.#versions, nowMs);
    this.#waits.set(wait.version, wait);
    const waits = this.#byActor.get(from);
    if (waits === undefined) this.#byActor.set(from, [wait]);
    else waits.push(wait);
    return wait;
  }

  /** The wait is over. Harmless when it was already. */
  end(wait: Wait): void {
    if (!this.#waits.delete(wait.version)) return;
    const waits = this.#byActor.get(wait.from);
    if (waits === undefined) return;
    const at = waits.indexOf(wait);
    if (at !== -1) waits.splice(at, 1);
    if (waits.length === 0) this.#byActor.delete(wait.from);
  }

  /** Chases the waits whose time has come. Call about every {@link WAIT_EDGE_CHASE_AFTER_MS}. */
  tick(nowMs: number): void {
    let chased = 0;
    for (const wait of this.#waits.values()) {
      if (nowMs - wait.sinceMs < WAIT_EDGE_CHASE_AFTER_MS || chased === WAIT_CHASES_PER_TICK_MAX) return;
      if (nowMs < wait.chaseAtMs) continue;
      chased += 1;
      wait.attempts += 1;
      wait.chaseAtMs = nowMs + Math.min(WAIT_EDGE_CHASE_AFTER_MS * 2 ** wait.attempts, WAIT_RECHASE_MAX_MS);
      this.#send(wait.to, { stage: 'search', path: [plain(wait)], attempt: wait.attempts, at: 0 });
    }
  }

  /** A probe came from another host. */
  receive(probe: WaitProbe): void {
    switch (probe.stage) {
      case 'search':
        this.#search(probe);
        return;
      case 'confirm':
        this.#confirm(probe);
        return;
      case 'relieve':
        this.#relieve(probe.path, probe.at);
        return;
      default:
        unreachable(probe.stage);
    }
  }

  /** First reading: the probe goes on along every wait of the actor it came to that is older than its own. */
  #search(probe: WaitProbe): void {
    const first = probe.path[0];
    const last = probe.path.at(-1);
    if (first === undefined || last === undefined) return;
    const actor = last.to;
    if (actor === first.from) {
      // Back where it began, on the host that began it unless the actor moved meanwhile.
      if (first.host === this.#host.self) this.#confirm({ ...probe, stage: 'confirm', at: 0 });
      return;
    }
    const waits = this.#byActor.get(actor);
    if (waits === undefined || probe.path.length >= WAIT_PATH_MAX_EDGES) return;
    if (!this.#passOnce(probe, first, actor)) return;
    // A list of its own: a cycle that is confirmed on this host ends waits while the probe travels.
    const older = waits.filter((wait) => isOlder(wait, first));
    for (const wait of older) this.#send(wait.to, { ...probe, path: [...probe.path, plain(wait)] });
  }

  /** Second reading: each step's host looks whether it still stands; the last one answers the first. */
  #confirm(probe: WaitProbe): void {
    const { path } = probe;
    let at = probe.at;
    for (; at < path.length; at += 1) {
      const step = path[at] as WaitStep;
      if (step.host !== this.#host.self) {
        this.#host.post(step.host, { ...probe, at });
        return;
      }
      if (!this.#waits.has(step.version)) return;
    }
    const first = path[0];
    if (first === undefined) return;
    if (first.host === this.#host.self) this.#resolve(path);
    else this.#host.post(first.host, { ...probe, at });
  }

  /** All steps stood at one moment. The first, the youngest, is of this host. */
  #resolve(path: readonly WaitStep[]): void {
    const first = path[0];
    const wait = first === undefined ? undefined : this.#waits.get(first.version);
    if (wait === undefined) return;
    const at = youngestSend(path);
    const relief = path[at];
    if (wait.relieved || relief === undefined) {
      this.#host.fail(wait, path);
      return;
    }
    wait.relieved = true;
    if (relief === first) this.#host.overdraft(wait, path);
    else if (relief.host === this.#host.self) this.#relieve(path, at);
    else this.#host.post(relief.host, { stage: 'relieve', path, attempt: wait.attempts, at });
  }

  #relieve(path: readonly WaitStep[], at: number): void {
    const step = path[at];
    const wait = step === undefined ? undefined : this.#waits.get(step.version);
    if (wait === undefined || wait.relieved) return;
    wait.relieved = true;
    this.#host.overdraft(wait, path);
  }

  #send(actor: number, probe: WaitProbe): void {
    const host = this.#host.hostOf(actor);
    if (host === undefined) return;
    if (host === this.#host.self) this.receive(probe);
    else this.#host.post(host, probe);
  }

  #passOnce(probe: WaitProbe, origin: WaitStep, actor: number): boolean {
    const key = `${origin.host}:${origin.version}:${probe.attempt}`;
    let passed = this.#passed.get(key);
    if (passed === undefined) {
      passed = new Set();
      this.#passed.set(key, passed);
      if (this.#passed.size > WAIT_PROBES_REMEMBERED_MAX) {
        for (const oldest of this.#passed.keys()) {
          this.#passed.delete(oldest);
          break;
        }
      }
    }
    if (passed.has(actor)) return false;
    passed.add(actor);
    return true;
  }
}

const VERSIONS_PER_INCARNATION = 2 ** 32;

/** One order of all waits on all hosts, by age and then by name. */
function isOlder(wait: WaitStep, than: WaitStep): boolean {
  if (wait.sinceMs !== than.sinceMs) return wait.sinceMs < than.sinceMs;
  if (wait.host !== than.host) return wait.host < than.host;
  return wait.version < than.version;
}

function plain(wait: Wait): WaitStep {
  const { from, to, kind, host, version, sinceMs } = wait;
  return { from, to, kind, host, version, sinceMs };
}

/** Index of the youngest send on a path, or -1. */
function youngestSend(path: readonly WaitStep[]): number {
  let youngest = -1;
  for (const [at, step] of path.entries()) {
    if (step.kind !== 'send') continue;
    const best = path[youngest];
    if (best === undefined || isOlder(best, step)) youngest = at;
  }
  return youngest;
}
