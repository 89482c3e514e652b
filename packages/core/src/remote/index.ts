/**
 * One host among others, for hosts and for the test kit: `@millrace/core/remote`. Not for applications.
 */
export { Kernel } from '../actor/kernel.ts';
export type { Events } from '../events.ts';
export { Cell } from '../actor/cell.ts';
export { Ref } from '../actor/actor-ref.ts';
export type { ErasedDefinition } from '../actor/definition.ts';
export type { KeyedHost } from '../keyed/keyed-host.ts';
export { type KeyedWaits, keyedWaits } from '../system/keyed-views.ts';
export type { HomeChange, PlacedKey } from '../keyed/homes.ts';
export { homeOf } from '../keyed/directory.ts';
export { LOAD_SAMPLE_MS } from '../limits.ts';
export { type ChooserOptions, HostChooser, type HostLoad, IDLE } from '../keyed/placer.ts';
export { Node } from './node.ts';
export type { HostLossReport, NodeLink, NodeOptions } from './node-options.ts';
export { type Link, ROW, type RefWords, type Rows } from './protocol.ts';
export {
  anything,
  array,
  boolean,
  callable,
  checkOptions,
  either,
  integer,
  milliseconds,
  number,
  object,
  oneOf,
  optionError,
} from '../options.ts';
export { WORKERS_MAX } from '../limits.ts';
export { Mailbox } from '../mailbox/mailbox.ts';
export { SlotArrays } from '../mailbox/slot-arrays.ts';
export { SYSTEM_CHECKS } from '../system/system.ts';
export { DROP_REASONS, LedgerTotal, type Losses } from '../actor/ledger.ts';
