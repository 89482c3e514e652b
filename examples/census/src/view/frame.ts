/**
 * One frame of the live view: what the hosts looked like, as lines. Pure, so that it can be tested without a
 * terminal. Owns the layout; holds that no line is longer than the screen is wide.
 */
import type { HostView } from 'millrace';
import { integer, megabytes } from '../report.ts';

/** What a frame shows. */
export interface Frame {
  /** What is counted. */
  readonly title: string;
  /** Files read to their end. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
  /** Since the start. */
  readonly seconds: number;
  /** Rate of late. */
  readonly bytesPerSecond: number;
  /** Memory of the process. */
  readonly rssBytes: number;
  /** Every host. */
  readonly hosts: readonly HostView[];
  /** An interrupt came. */
  readonly stopping: boolean;
}

const STAGES = ['walker', 'reader', 'tokenizer', 'counter', 'collector'];
const BAR_CHARS = 20;
const WAITS_SHOWN = 4;

const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;
const green = (text: string): string => `\u001b[32m${text}\u001b[39m`;
const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;

/** The lines of a frame, cut to `columns`. */
export function frameLines(frame: Frame, columns: number): string[] {
  const { files, bytes, seconds, bytesPerSecond, rssBytes, hosts } = frame;
  const head = frame.stopping ? 'stopping: counting what was read' : frame.title;
  return [
    `${bold('census')}  ${head}`,
    '',
    `${bold(integer(files))} files  ${bold(megabytes(bytes))}  ${bold(`${megabytes(bytesPerSecond)}/s`)}  ${seconds.toFixed(1)} s  memory ${megabytes(rssBytes)}`,
    '',
    dim('stage        mailbox                 held  free  lent  waiting'),
    ...STAGES.map((stage) => stageLine(stage, hosts)),
    '',
    ...waitLines(hosts),
    '',
    hosts
      .map(
        ({ host, busyShare }) =>
          `${host === 0 ? 'main' : `worker ${host}`} ${bar(busyShare, 10)} ${percent(busyShare)}`,
      )
      .join('   '),
  ].map((line) => cut(line, columns));
}

/** All actors of a stage together: how full their mailboxes are, and where the credit is. */
function stageLine(stage: string, hosts: readonly HostView[]): string {
  const actors = hosts.flatMap((host) => host.actors).filter((one) => one.actor === stage);
  const capacity = total(actors.map((one) => one.capacityMessages));
  const held = total(actors.map((one) => one.queued + one.held));
  const free = total(actors.map((one) => one.free));
  const paths = new Set(actors.map((one) => one.address.path));
  const remote = hosts.flatMap(({ waits }) => waits).filter(({ to }) => paths.has(to.path));
  const waiting = total(actors.map((one) => one.parkedSends)) + total(remote.map((one) => one.parkedSends));
  const name = actors.length === 1 ? stage : `${stage} ×${actors.length}`;
  // What is neither held nor free is lent to senders on other workers, or on its way.
  const columns = [held, free, Math.max(0, capacity - held - free), waiting].map((count) =>
    integer(count).padStart(5),
  );
  return `${name.padEnd(12)} ${bar(capacity === 0 ? 0 : held / capacity, BAR_CHARS)} ${columns.join(' ')}`;
}

/** Who waits for whom, from one screenful of looks. */
function waitLines(hosts: readonly HostView[]): string[] {
  const pairs = new Map<string, number>();
  const note = (from: string, to: string): void => {
    const pair = `${nameOf(from)} waits for ${nameOf(to)}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  };
  for (const { actors, waits } of hosts) {
    for (const { address, waitingSenders } of actors)
      for (const sender of waitingSenders) note(sender.path, address.path);
    for (const { to, waitingSenders } of waits)
      for (const sender of waitingSenders) note(sender.path, to.path);
  }
  const lines = [...pairs.keys()].sort().slice(0, WAITS_SHOWN).map(yellow);
  const first = lines.length === 0 ? [dim('nobody waits')] : lines;
  return [...first, ...Array.from({ length: WAITS_SHOWN - first.length }, () => '')];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function bar(share: number, chars: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * chars);
  return `${green('█'.repeat(full))}${dim('░'.repeat(chars - full))}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`.padStart(5);
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Cuts a line to `columns` characters; colours count nothing, and are switched off at the cut. */
function cut(line: string, columns: number): string {
  let shown = 0;
  let kept = '';
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b')) kept += part;
    else {
      kept += part.slice(0, Math.max(0, columns - shown));
      shown += part.length;
    }
  }
  return shown > columns ? `${kept}\u001b[0m` : kept;
}
