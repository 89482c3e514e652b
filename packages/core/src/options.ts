/**
 * Checks options objects once, at start-up. Owns the wording of option errors; holds that an unknown
 * option is refused with the nearest known name and that every refusal names option, value and what is
 * allowed. Called wherever an options object enters the core.
 */
import { MillraceError } from './errors.ts';
import { nearest } from './lib/nearest.ts';

/** A check of one value: returns what is allowed, in words, when the value is not. */
export type Check = (value: unknown) => string | undefined;

/** One check for each key that an options object may have. */
export type OptionChecks = Readonly<Record<string, Check>>;

/**
 * Checks every key of `options` against `checks`. A key whose value is undefined counts as absent.
 *
 * @param where names the options object in the error, such as `defineActor('account').mailbox`
 * @throws ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function checkOptions(where: string, options: unknown, checks: OptionChecks): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw optionError(where, options, 'an object');
  }
  for (const key in options) {
    // A spawn may come here a million times, and a list of entries for each would cost more than the checks.
    if (!Object.hasOwn(options, key)) continue;
    const value = (options as Readonly<Record<string, unknown>>)[key];
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      throw new MillraceError('ERR_OPTION_UNKNOWN', {
        option: `${where}.${key}`,
        nearest: nearest(key, Object.keys(checks)),
        allowed: Object.keys(checks).join('|'),
      });
    }
    if (value === undefined) continue;
    const allowed = check(value);
    if (allowed !== undefined) throw optionError(`${where}.${key}`, value, allowed);
  }
}

/** The error for a value that is not allowed. */
export function optionError(option: string, value: unknown, allowed: string): MillraceError {
  return new MillraceError('ERR_OPTION_INVALID', { option, value: describe(value), allowed });
}

/** A whole number within a range, both ends included. */
export function integer(min: number, max: number): Check {
  return (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `a whole number from ${min} to ${max}`;
}

/** A duration in milliseconds, from `min` up; fractions are allowed, infinity is not. */
export function milliseconds(min = 0): Check {
  return (value) =>
    typeof value === 'number' && value >= min && value <= TIMER_MAX_MS
      ? undefined
      : `milliseconds from ${min} to ${TIMER_MAX_MS}`;
}

/** The longest delay that a JavaScript timer takes: 2³¹ − 1 ms, almost 25 days. */
export const TIMER_MAX_MS = 2_147_483_647;

/** A number within a range, both ends included. */
export function number(min: number, max: number): Check {
  return (value) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : `a number from ${min} to ${max}`;
}

/** One of a few strings. */
export function oneOf(...words: readonly string[]): Check {
  return (value) => (words.includes(value as string) ? undefined : words.join('|'));
}

/** A boolean. */
export const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'true|false');

/** A function. */
export const callable: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

/** An object whose keys are checked elsewhere. */
export const object: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'an object';

/** An array whose items are checked elsewhere. */
export const array: Check = (value) => (Array.isArray(value) ? undefined : 'an array');

/** A text that matches a pattern. */
export function matching(pattern: RegExp): Check {
  return (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `a text like ${pattern.source}`;
}

/** Anything. */
export const anything: Check = () => undefined;

/** Allowed when any of the checks allows it. */
export function either(...checks: readonly Check[]): Check {
  return (value) => {
    const allowed = checks.map((check) => check(value));
    return allowed.includes(undefined) ? undefined : allowed.join(' or ');
  };
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
