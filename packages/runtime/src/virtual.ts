/**
 * The parts of a system of many hosts, for the test kit, which puts them together on one thread and steps them
 * by hand: `millrace/virtual`. Not for applications.
 */
export { LOCAL_MARKS } from './codec/local-marks.ts';
export { marksMayBeOpen } from './codec/transfer.ts';
export { packAlone, unpackAlone } from './codec/standalone-codec.ts';
export { answer } from './host/answer.ts';
export type { ControlReply, ControlRequest } from './host/control.ts';
export { type AnyDefinition, collectDefinitions, type Definitions } from './host/definitions.ts';
export { Host, type HostOptions } from './host/host.ts';
export type { Loop, LoopWork } from './host/host-loop.ts';
export type { HostLoss, HostObserver } from './host/pooled-host.ts';
export { createSharedMemory, type SharedMemory } from './host/shared-memory.ts';
export { MESSAGE_DEFAULT_MAX_BYTES, RING_MIN_BYTES } from './limits.ts';
export { doorbellAt, isAsleep, markAsleep, ringDoorbell } from './ring/doorbell.ts';
export { RunningSystem, type Threads } from './running-system.ts';
