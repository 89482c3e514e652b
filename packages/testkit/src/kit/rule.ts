/**
 * One rule of a test kit, in the manner of the Reactive Streams TCK: its name says how strong it is, so that whoever
 * reads a list of results knows what a failure means. Owns the three strengths and the running of rules; must not know
 * what is tested.
 */
import { isDeepStrictEqual } from 'node:util';
import { Random } from '../random.ts';

/**
 * `required`: Millrace relies on it. `optional`: it matters to those who use what it is about; it does not apply to a
 * subject without that. `stochastic`: it is tried with many seeds, so that a pass is evidence and not proof.
 */
export type RuleStrength = 'required' | 'optional' | 'stochastic';

/** A rule that a subject keeps or breaks. */
export interface Rule {
  /** Strength, number and gist: `required_103_keepsTheOrderOfEachSender`. */
  readonly name: string;
  /** The first part of the name. */
  readonly strength: RuleStrength;
  /** The rule as a sentence. */
  readonly title: string;
  /** False for an optional rule about what the subject does not have. */
  readonly applies: boolean;
  /** Throws {@link BrokenRule} when the subject breaks it. */
  readonly check: () => void;
}

/** How a subject stands to a rule. */
export interface RuleResult {
  /** The rule. */
  readonly rule: Rule;
  /** `left out` when it does not apply. */
  readonly outcome: 'kept' | 'broken' | 'left out';
  /** How it was broken. */
  readonly error?: unknown;
}

/** A rule was broken. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

/** Tries all rules, each on its own, for those who want a list of results and no test runner. */
export function runRules(rules: readonly Rule[]): RuleResult[] {
  return rules.map((rule) => {
    if (!rule.applies) return { rule, outcome: 'left out' };
    try {
      rule.check();
      return { rule, outcome: 'kept' };
    } catch (error) {
      return { rule, outcome: 'broken', error };
    }
  });
}

/** Makes a rule. `name` is its number and gist. */
export function rule(
  strength: RuleStrength,
  name: string,
  title: string,
  check: () => void,
  applies = true,
): Rule {
  return { name: `${strength}_${name}`, strength, title, applies, check };
}

/** Throws unless `found` is deeply and strictly `expected`. */
export function same(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new BrokenRule(`${what}: expected ${describe(expected)}, found ${describe(found)}`);
}

/** Throws unless the condition holds. */
export function hold(condition: boolean, what: string): void {
  if (!condition) throw new BrokenRule(what);
}

/** Tries a check with seeds from 1 on; what breaks it names its seed. */
export function withSeeds(seeds: number, check: (random: Random) => void): void {
  for (let seed = 1; seed <= seeds; seed += 1) {
    try {
      check(new Random(seed));
    } catch (cause) {
      throw new BrokenRule(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  }
}

/** Text past this says no more. */
const DESCRIBED_MAX_CHARS = 120;

function describe(value: unknown): string {
  const text = Object.is(value, -0) ? '-0' : (JSON.stringify(value) ?? String(value));
  return text.length > DESCRIBED_MAX_CHARS ? `${text.slice(0, DESCRIBED_MAX_CHARS)}…` : text;
}
