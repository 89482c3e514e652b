/** The public face of `millrace`: the actor model of `@millrace/core`, on every core. */
export {
  type ActorContext,
  type ActorRef,
  defineActor,
  type ErrorCode,
  type ErrorDetails,
  formatLedger,
  isMillraceError,
  type Ledger,
  ledgerProblems,
  MillraceError,
  type StopOptions,
  type StopReport,
  type TryTell,
} from '@millrace/core';
export { Feed, type FeedOptions, openFeed } from './streams/feed.ts';
export type { FeedActor, FeedHandlers } from './streams/feed-definition.ts';
export { webWritableTo, writableTo, type WritableToOptions } from './streams/writable.ts';
export type { HostView } from './host/control.ts';
export { transfer } from './codec/transfer.ts';
export type { Placement } from './host/placement.ts';
export { RunningSystem } from './running-system.ts';
export { type StartOptions, startSystem, type StartTuning } from './start.ts';
