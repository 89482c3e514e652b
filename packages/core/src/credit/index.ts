/**
 * The credit protocol, for hosts and for the test kit: `@millrace/core/credit`. Not for applications.
 */
export { pageOf, pageWords, SLOTS_PER_PAGE } from './layout.ts';
export { Lease, type Payment } from './lease.ts';
export { type FindPage, type GrantListener, LeaseTable } from './lease-table.ts';
export { Lender, type LenderHost, type LenderState, type Receipt } from './lender.ts';
export { LenderTable, type MakePage } from './lender-table.ts';
export { Outbound, type OutboundHost } from './outbound.ts';
export type { CreditPort, CreditSignal, LocalLine, SlotPool } from './ports.ts';
export { firstWindow, nextWindow, Round } from './replenish.ts';
export { PlainWords, type SharedWords } from './shared-words.ts';
export {
  Wait,
  WaitGraph,
  type WaitGraphHost,
  type WaitKind,
  type WaitProbe,
  type WaitStep,
} from './wait-graph.ts';
