/**
 * What the main thread and a worker say to each other beside the rings: few and slow things. Owns the words
 * and the asking side; must not know actors.
 */
import type { MessagePort } from 'node:worker_threads';
import {
  type ActorViews,
  type Ledger,
  MillraceError,
  type OutboundWait,
  type SystemOptions,
} from '@millrace/core';
import type { HomeChange, HostLossReport, PlacedKey } from '@millrace/core/remote';
import type { ActorEventName, EventBatch } from './event-feed.ts';
import type { SharedMemory } from './shared-memory.ts';

/** What each worker thread is given when it is made. */
export interface WorkerData {
  readonly memory: SharedMemory;
  readonly modules: readonly string[];
  readonly fingerprint: string;
  readonly messageMaxBytes: number;
  readonly spinMaxUs: number;
  readonly system: SystemOptions;
}

/** A host at one moment, for finding out whether all are quiet. */
export interface HostStatus {
  /** Actors with something to do, or with sends that wait. */
  readonly active: number;
  /** User messages sent to, and received from, other hosts so far. */
  readonly sent: number;
  readonly received: number;
}

/** What a host looks like at one moment. */
export interface HostView extends ActorViews {
  /** Its number; 0 is the main thread. */
  readonly host: number;
  /** Share of the time since the last look that its thread was not idle, 0 to 1. */
  readonly busyShare: number;
  /**
   * What its actors wait for on other hosts: first actors that were spawned, then those by key, the most waiting
   * first, at most 256.
   */
  readonly waits: readonly OutboundWait[];
  /** Actors by key on other hosts for which sends wait, and that are not listed. */
  readonly waitsLeftOut: number;
  /** Frames from other hosts whose bytes made no sense, since the thread began. Above 0, shared memory was damaged. */
  readonly corruptFrames: number;
  /** Payloads that came from other hosts and could not be read. Their messages are dead letters; asks have failed. */
  readonly lostPayloads: number;
  /**
   * Rows from other hosts that were for nobody: late ones of what is gone, as the reply to an ask that had timed out,
   * and those that nobody had paid for.
   */
  readonly strayRows: number;
}

/** What the main thread asks. */
export type ControlRequest = { readonly id: number } & ControlQuestion;

/** A request without its number. */
export type ControlQuestion =
  | { readonly what: 'status' }
  /** All other hosts are ready for this one: begin. */
  | { readonly what: 'begin' }
  /** The thread of a host ended. */
  | { readonly what: 'hostLost'; readonly host: number }
  /** Every host told what it keeps of that host's actors. */
  | { readonly what: 'hostSettled'; readonly host: number; readonly kept: readonly number[] }
  /** Other workers are the homes of keyed actors: ask none, and hand over what is to be known elsewhere. */
  | { readonly what: 'rehome'; readonly change: HomeChange }
  /** Instances of keys whose home the host has become. */
  | { readonly what: 'adopt'; readonly placed: readonly PlacedKey[] }
  /** All homes know their keys: ask them. */
  | { readonly what: 'resume' }
  /** Here is the way for buffers to and from a host. */
  | { readonly what: 'port'; readonly host: number; readonly port: MessagePort }
  | { readonly what: 'stopActors'; readonly deadlineMs: number }
  | { readonly what: 'ledger' }
  | { readonly what: 'inspect' }
  /** Answered when one of these has happened; with no names at once. */
  | { readonly what: 'events'; readonly names: readonly ActorEventName[] };

/** What the worker answers. */
export interface ControlReply {
  readonly id: number;
  readonly status?: HostStatus;
  readonly ledger?: Ledger;
  readonly deadLetters?: number;
  readonly loss?: HostLossReport;
  readonly view?: HostView;
  readonly placed?: readonly PlacedKey[];
  readonly events?: EventBatch;
}

/** The main thread's side of the words with one worker. */
export class Control {
  readonly #post: (message: ControlRequest, transfer: readonly MessagePort[]) => boolean;
  readonly #waiting = new Map<number, (reply: ControlReply | null) => void>();
  #lastId = 0;

  /** @param post false when the worker is not up */
  constructor(post: (message: ControlRequest, transfer: readonly MessagePort[]) => boolean) {
    this.#post = post;
  }

  /** Asks the worker. @returns rejects with ERR_HOST_LOST when it is not up, or ends before it answers */
  async ask(question: ControlQuestion): Promise<ControlReply> {
    this.#lastId += 1;
    const id = this.#lastId;
    const transfer = question.what === 'port' ? [question.port] : [];
    const reply = await new Promise<ControlReply | null>((resolve) => {
      this.#waiting.set(id, resolve);
      if (!this.#post({ ...question, id }, transfer)) this.#settle(id, null);
    });
    if (reply === null) throw new MillraceError('ERR_HOST_LOST', { asked: question.what });
    return reply;
  }

  /** The worker answered. */
  answered(reply: ControlReply): void {
    this.#settle(reply.id, reply);
  }

  /** The worker ended: nobody will answer. */
  lost(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id, null);
  }

  #settle(id: number, reply: ControlReply | null): void {
    const told = this.#waiting.get(id);
    this.#waiting.delete(id);
    told?.(reply);
  }
}
