/**
 * What one run of the protocol simulator is made of, derived from its seed. Owns the table of faults and
 * the choice of sizes; holds that a plan written as a line and read back is the same plan. Called by the
 * world, the shrinker and the command line; must not know how a fault is carried out.
 */
import { Random } from '../random.ts';

/** What can go wrong. Each is switched on or off for a whole run. */
export const FAULTS = [
  'kill', // a host's thread dies, between two atomic operations or before a frame is published
  'preempt', // other hosts act between two atomic operations of one
  'abort', // a parked send is aborted
  'timeout', // a parked send has a deadline
  'clone', // a payload cannot be encoded when its turn comes
  'restart', // an actor fails and is restarted by its supervisor
  'stop', // an actor stops; another one is spawned in its place
  'move', // an actor moves to another host
  'late-wake', // a wake-up comes late
  'lost-wake', // a wake-up never comes; the host looks by itself after a while
  'spurious-wake', // a host wakes for nothing
  'slow', // a host makes no step for a while, as if stuck in one turn
  'clock', // the clock jumps ahead
] as const;

/** One of {@link FAULTS}. */
export type Fault = (typeof FAULTS)[number];

/** Everything that decides a run. */
export interface Plan {
  /** Decides all that the other fields leave open. */
  readonly seed: number;
  /** Hosts, the first one being the main thread. */
  readonly hosts: number;
  /** Actors alive at a time. */
  readonly actors: number;
  /** Steps with sends and faults in each phase; after a phase everything must drain. */
  readonly steps: number;
  /** Times that sends and faults are followed by rest. */
  readonly phases: number;
  /** One of these is the capacity of an actor's mailbox. */
  readonly capacities: readonly number[];
  /** New messages that a handler may send, at most. */
  readonly fan: number;
  /** Hops that a message may cause, one after another. */
  readonly hops: number;
  /** What can go wrong. */
  readonly faults: readonly Fault[];
  /** Steps of all phases that are left out: the shrinker's work. */
  readonly without: ReadonlySet<number>;
}

const CAPACITIES = [[1], [1, 2], [2, 3], [1, 4], [4, 8], [16], [1, 64]] as const;

/** The plan of a seed; `overrides` replace what the seed chose. */
export function planOf(seed: number, overrides: Partial<Plan> = {}): Plan {
  const random = new Random(seed, -1);
  const chosen: Plan = {
    seed,
    hosts: 2 + random.next(3),
    actors: 1 + random.next(5),
    steps: 100 + random.next(400),
    phases: 1 + random.next(3),
    capacities: random.pick(CAPACITIES),
    fan: random.next(3),
    hops: random.next(4),
    faults: FAULTS.filter(() => random.chance(400)),
    without: new Set<number>(),
  };
  return { ...chosen, ...overrides };
}

/** A plan as one line that {@link parsePlan} reads. */
export function formatPlan(plan: Plan): string {
  const parts = [
    `seed=${plan.seed}`,
    `hosts=${plan.hosts}`,
    `actors=${plan.actors}`,
    `steps=${plan.steps}`,
    `phases=${plan.phases}`,
    `capacities=${plan.capacities.join(',')}`,
    `fan=${plan.fan}`,
    `hops=${plan.hops}`,
    `faults=${plan.faults.join(',')}`,
  ];
  if (plan.without.size > 0) parts.push(`without=${formatRanges([...plan.without].sort((a, b) => a - b))}`);
  return parts.join(' ');
}

/**
 * Reads a line of `key=value` words; what is left out comes from the seed.
 *
 * @throws TypeError naming the word that makes no sense
 */
export function parsePlan(line: string): Plan {
  const words = new Map<string, string>();
  for (const word of line.trim().split(/\s+/)) {
    const [key, value] = word.split('=');
    if (key === undefined || value === undefined) throw new TypeError(`not a plan: word=${word}`);
    words.set(key, value);
  }
  const overrides: Record<string, unknown> = {};
  for (const key of ['hosts', 'actors', 'steps', 'phases', 'fan', 'hops'] as const) {
    if (words.has(key)) overrides[key] = wholeNumber(key, words.get(key));
  }
  const capacities = words.get('capacities');
  if (capacities !== undefined) {
    overrides['capacities'] = capacities.split(',').map((one) => wholeNumber('capacities', one));
  }
  const faults = words.get('faults');
  if (faults !== undefined) overrides['faults'] = FAULTS.filter((one) => faults.split(',').includes(one));
  const without = words.get('without');
  if (without !== undefined) overrides['without'] = new Set(parseRanges(without));
  return planOf(wholeNumber('seed', words.get('seed')), overrides as Partial<Plan>);
}

function wholeNumber(key: string, text: string | undefined): number {
  const value = Number(text);
  if (text === undefined || text === '' || !Number.isInteger(value)) {
    throw new TypeError(`not a plan: ${key}=${String(text)}, expected a whole number`);
  }
  return value;
}

function formatRanges(sorted: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === (sorted[end] as number) + 1) end += 1;
    ranges.push(end === i ? `${sorted[i]}` : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  return ranges.join(',');
}

function* parseRanges(text: string): Generator<number> {
  for (const range of text.split(',')) {
    const [first, last] = range.split('-');
    const from = wholeNumber('without', first);
    const to = last === undefined ? from : wholeNumber('without', last);
    for (let step = from; step <= to; step += 1) yield step;
  }
}
