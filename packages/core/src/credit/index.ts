/**
 * The credit protocol, for hosts and for the test kit: `@millrace/core/credit`. Not for applications.
 */
export { type Waiting, WaitingLine } from '../mailbox/waiting-line.ts';
export {
  OVERDRAFT_MAX_MESSAGES,
  WAIT_EDGE_CHASE_AFTER_MS,
} from '../limits.ts';
export {
  ANNOUNCED,
  demandAt,
  directoryAt,
  grantedOf,
  leaseAt,
  NOTICED,
  pageOf,
  pageWords,
  sendersOf,
  sendsOf,
  SLOTS_PER_PAGE,
  spentOf,
  unspentOf,
} from './layout.ts';
export { Lease, type Payment } from './lease.ts';
export { type FindPage, type GrantListener, LeaseTable } from './lease-table.ts';
export { Lender, type LenderHost, type LenderReport, type LenderState, type Receipt } from './lender.ts';
export { LenderTable, type MakePage } from './lender-table.ts';
export {
  attach,
  detach,
  lineGrew,
  lineShrank,
  missed,
  type Outbound,
  refund,
  serve,
  tryPay,
} from './outbound.ts';
export { type CreditPort, type CreditSignal, type LocalLine, releasesDue, type SlotPool } from './ports.ts';
export { firstWindow, nextWindow, Round } from './replenish.ts';
export { CounterLease, CounterLender } from './shared-counter.ts';
export { PlainWords, type SharedWords } from './shared-words.ts';
export {
  Wait,
  WaitGraph,
  type WaitGraphHost,
  type WaitKind,
  type WaitProbe,
  type WaitStep,
} from './wait-graph.ts';
