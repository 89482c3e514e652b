/** The public face of `@millrace/testkit`: tests of actors. The protocol's own simulator is in `./protocol`. */
export { assertLedger, type ExpectedLedger, LedgerMismatch } from './assert-ledger.ts';
export {
  type MailboxSubject,
  mailboxRules,
  type MailboxUnderTest,
  type Offered,
} from './kit/mailbox-kit.ts';
export { BrokenRule, type Rule, type RuleResult, type RuleStrength, runRules } from './kit/rule.ts';
export {
  PAYLOADS,
  type TransportSubject,
  transportRules,
  type TransportUnderTest,
} from './kit/transport-kit.ts';
export { Probe, type Received, Unexpected } from './probe.ts';
export { Random } from './random.ts';
export {
  ALL_FAULTS,
  type Scenario,
  type SeedOptions,
  simulate,
  SimulationFailure,
  type SimulationReport,
  simulateSeeds,
} from './simulate.ts';
export type { SimulationFault } from './simulation-faults.ts';
export { type Definition, startVirtual, type VirtualOptions } from './virtual/start-virtual.ts';
export { InjectedFailure, NothingLeftToDo, VirtualSystem } from './virtual/virtual-system.ts';
export type { LogLine } from './virtual/virtual-threads.ts';
