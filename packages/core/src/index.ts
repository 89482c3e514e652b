/** The public face of `@millrace/core`: everything that may be imported, by name. */
export { type Address, formatAddress } from './address.ts';
export {
  type ErrorCode,
  type ErrorDetails,
  ERROR_TITLES,
  MillraceError,
  isErrorCode,
  isMillraceError,
} from './errors.ts';
export type { DeadLetter, DeadLetterReason, FailurePoint, StopReason, SystemEvents } from './events.ts';
export type {
  AsyncContext,
  Clock,
  Log,
  LogLevel,
  PayloadMarks,
  Ports,
  Random,
  Scheduler,
  Timer,
} from './ports.ts';
export type {
  ActorRef,
  AnyActor,
  AnyHandler,
  AnyHandlers,
  AnyRef,
  AskOptions,
  HandlerName,
  HasHandlers,
  KeyedRefs,
  PayloadOf,
  ReplyOf,
  SendArguments,
  TellOptions,
  TryTell,
} from './ref.ts';
export type { OverflowPolicy } from './mailbox/overflow.ts';
export type {
  AutoShutdown,
  BackoffOptions,
  ChildOptions,
  Directive,
  RestartType,
  ShutdownMs,
  StopActorOptions,
  Strategy,
  SupervisionOptions,
} from './supervision/child-spec.ts';
export {
  ActorDefinition,
  type ActorOptions,
  type DeclaredChild,
  type Handler,
  type Hooks,
  type KeyedOptions,
  type MailboxOptions,
  type Terminated,
  defineActor,
} from './actor/definition.ts';
export type { ActorContext, SpawnArguments, SpawnOptions, TimerControl } from './actor/context.ts';
export { type DropReason, type Ledger, formatLedger, ledgerProblems } from './actor/ledger.ts';
export type { Phase } from './actor/lifecycle.ts';
export type { ActorView, ActorViews, OutboundWait } from './system/inspect.ts';
export type { PhaseReport, StopOptions, StopPhase, StopTask } from './system/stop-sequence.ts';
export { type StopReport, System, type SystemOptions, createSystem } from './system/system.ts';
export { assert, AssertionError, unreachable } from './lib/assert.ts';
