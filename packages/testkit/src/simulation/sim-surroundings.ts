/**
 * The world as a virtual host and its parts see it. Owns no code; the world implements it.
 */
import type { Random } from '../random.ts';
import type { Interrupts, SimWords } from './interrupts.ts';
import type { SimLedger } from './message.ts';
import type { Network } from './network.ts';
import type { Oracle } from './oracle.ts';
import type { SimCell } from './sim-cell.ts';

/** What a virtual host needs of the world around it. */
export interface SimSurroundings {
  readonly random: Random;
  readonly interrupts: Interrupts;
  readonly network: Network;
  readonly ledger: SimLedger;
  readonly oracle: Oracle;
  readonly hosts: number;
  readonly fan: number;
  nowMs: number;
  /** Where an actor lives; -1 when it is gone. */
  homeOf(actor: number): number;
  movedTo(actor: number, host: number): void;
  incarnationOf(host: number): number;
  nextId(): number;
  nextSequence(from: number, to: number): number;
  /** An actor or a recent one, to send to. */
  chooseTarget(): number;
  clonesFail(): boolean;
  sendsTimeOut(): boolean;
  policyOf(actor: number): SimCell['policy'];
  /** True when `host` is reading a control message of `from` just now. */
  reads(host: number, from: number): boolean;
  /** Rings a host's doorbell. */
  ring(host: number): void;
  page(owner: number, incarnation: number, page: number): SimWords;
  addPage(owner: number, incarnation: number, page: number, words: SimWords): void;
}
