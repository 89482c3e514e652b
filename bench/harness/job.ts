/**
 * What the run and its children say to each other. One child runs one system at one point once, so
 * nothing that a system leaves behind (heap, compiled code, threads) reaches the next.
 */
import type { Params, Series } from './cell.ts';
import type { Measure } from './metrics.ts';

/** Sent to a fresh child. */
export interface Job {
  readonly cell: string;
  readonly system: string;
  readonly params: Params;
  readonly passMs: number;
  readonly warmUpMs: number;
  readonly stepsPerUs: number;
}

/** What a child found. A void carries no figures. */
export type Outcome =
  | {
      readonly kind: 'measured';
      readonly measures: readonly Measure[];
      readonly series: readonly Series[];
      readonly messages: number;
      readonly digest: string;
    }
  | { readonly kind: 'void'; readonly discrepancy: string }
  | { readonly kind: 'failed'; readonly why: string };
