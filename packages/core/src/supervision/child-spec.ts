/**
 * How a parent looks after its children, as data: the vocabulary and the meaning are those of OTP's
 * `supervisor`, with backoff and per-error directives beside them. Owns the defaults and the checks;
 * must not know actors or how a verdict is carried out.
 */
import {
  type OptionChecks,
  anything,
  array,
  boolean,
  callable,
  either,
  integer,
  matching,
  milliseconds,
  number,
  object,
  oneOf,
  checkOptions,
} from '../options.ts';
import { GIVEN_NAME_PATTERN } from '../address.ts';

/**
 * When a child that ended is started again: `permanent` always, `transient` only after a failure,
 * `temporary` never.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** Which siblings restart with a child that failed: none, all, or those started after it. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** What to do about one failure. */
export type Directive = 'resume' | 'restart' | 'stop' | 'escalate';

/** True for a word that is a directive: what user code returned may be anything. */
export function isDirective(value: unknown): value is Directive {
  return value === 'resume' || value === 'restart' || value === 'stop' || value === 'escalate';
}

/** Whether a supervisor goes down when children marked `significant` have ended by themselves. */
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

/** How long a child may take to stop: a duration, at once without its hooks, or as long as it needs. */
export type ShutdownMs = number | 'brutal' | 'infinity';

/** How one child is looked after. */
export interface ChildOptions {
  /** Default: `permanent` for children declared in `supervision.children`, `transient` for spawned ones. */
  readonly restart?: RestartType;
  /** Time to stop before it is killed. Default 5,000 ms. */
  readonly shutdownMs?: ShutdownMs;
  /** Counts for `autoShutdown`. Default false. A permanent child cannot be significant. */
  readonly significant?: boolean;
}

/** Waits between restarts: min·factorⁿ, at most max, times 1 ± jitter. */
export interface BackoffOptions {
  /** First wait. Default 100 ms. */
  readonly minMs?: number;
  /** Longest wait. Default 10,000 ms. */
  readonly maxMs?: number;
  /** Growth from one wait to the next. Default 2. */
  readonly factor?: number;
  /** Share of the wait that is random, 0 to 1. Default 0.2. */
  readonly jitter?: number;
  /** A child that lived this long starts again at `minMs`. Default: (minMs + maxMs) / 2. */
  readonly resetAfterMs?: number;
}

/** How an actor supervises its children. `Child` is a child spec of the layer above. */
export interface SupervisionOptions<Child = unknown> {
  /** Default `one-for-one`. */
  readonly strategy?: Strategy;
  /** Restarts allowed within `periodMs`; one more and the supervisor itself fails. Default 1. */
  readonly intensity?: number;
  /**
   * Whose restarts count together: those of all children, as in OTP, or each child's own; then a child past
   * its intensity is stopped and the supervisor goes on. Default `supervisor`.
   */
  readonly intensityPer?: 'supervisor' | 'child';
  /** Length of the sliding window in which restarts are counted. Default 5,000 ms. */
  readonly periodMs?: number;
  /** Default: restart at once. */
  readonly backoff?: BackoffOptions;
  /** Default `never`. */
  readonly autoShutdown?: AutoShutdown;
  /** Chooses what to do about a failure of a handler or hook. Default: always `restart`. */
  readonly onFailure?: (
    error: unknown,
    child: { readonly name: string; readonly restarts: number },
  ) => Directive;
  /** Children started with the supervisor, in this order, and stopped in reverse. */
  readonly children?: readonly Child[];
}

/** {@link ChildOptions} with every default filled in. */
export interface ChildSpec {
  readonly restart: RestartType;
  readonly shutdownMs: ShutdownMs;
  readonly significant: boolean;
  /** True for a child declared in the supervisor's options. */
  readonly declared: boolean;
}

/** {@link BackoffOptions} with every default filled in. */
export type Backoff = Required<BackoffOptions>;

/** {@link SupervisionOptions} with every default filled in. */
export interface SupervisionSpec<Child = unknown> {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly intensityPer: 'supervisor' | 'child';
  readonly periodMs: number;
  readonly backoff: Backoff | null;
  readonly autoShutdown: AutoShutdown;
  readonly onFailure: NonNullable<SupervisionOptions['onFailure']> | null;
  readonly children: readonly Child[];
}

/** A worker child has this long to stop, as in OTP. */
export const SHUTDOWN_DEFAULT_MS = 5_000;

/** More restarts in one window than this is no supervision any more. */
const INTENSITY_MAX = 1_000_000;

/** How to stop one actor. */
export interface StopActorOptions {
  /** Time to stop before it is killed. Default: what its spec says. */
  readonly shutdownMs?: ShutdownMs;
}

const CHILD_CHECKS = {
  restart: oneOf('permanent', 'transient', 'temporary'),
  shutdownMs: either(milliseconds(), oneOf('brutal', 'infinity')),
  significant: boolean,
};

const SPAWNED: ChildSpec = {
  restart: 'transient',
  shutdownMs: SHUTDOWN_DEFAULT_MS,
  significant: false,
  declared: false,
};

/** Checks the options of a stop. @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN */
export function resolveStop(options: StopActorOptions | undefined): ShutdownMs | undefined {
  if (options === undefined) return undefined;
  checkOptions('stop', options, { shutdownMs: CHILD_CHECKS.shutdownMs });
  return options.shutdownMs;
}

/**
 * Fills in and checks how a spawned child is looked after. When nothing is said of that it allocates nothing.
 *
 * @param actor the name of the child's definition
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function resolveSpawned(actor: string, options: ChildOptions | undefined): ChildSpec {
  if (options === undefined || saysNothing(options)) return SPAWNED;
  const where = `spawn('${actor}')`;
  checkOptions(where, options, SPAWN_CHECKS);
  if (
    options.restart === undefined &&
    options.shutdownMs === undefined &&
    options.significant === undefined
  ) {
    return SPAWNED;
  }
  return resolveChild(where, options, false);
}

/** True for options of a spawn that hold nothing but what may be anything. */
function saysNothing(options: unknown): boolean {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false;
  for (const key in options) if (key !== 'args' && key !== 'placement') return false;
  return true;
}

/** Fills in and checks how a child is looked after. @throws ERR_OPTION_INVALID */
export function resolveChild(where: string, options: ChildOptions, declared: boolean): ChildSpec {
  const {
    restart = declared ? 'permanent' : 'transient',
    shutdownMs = SHUTDOWN_DEFAULT_MS,
    significant = false,
  } = options;
  checkOptions(
    where,
    { restart, shutdownMs, significant },
    {
      ...CHILD_CHECKS,
      significant: (value) =>
        value === true && restart === 'permanent'
          ? "false, or restart 'transient' or 'temporary'"
          : boolean(value),
    },
  );
  return { restart, shutdownMs, significant, declared };
}

/** The keys that a declared child adds to {@link ChildOptions}, for the layer that knows definitions. */
export const DECLARED_CHILD_CHECKS: OptionChecks = {
  ...CHILD_CHECKS,
  name: matching(GIVEN_NAME_PATTERN),
  actor: object,
  args: anything,
  placement: anything,
};

/** The keys that the options of a spawn may have. */
const SPAWN_CHECKS: OptionChecks = {
  ...CHILD_CHECKS,
  name: matching(GIVEN_NAME_PATTERN),
  args: anything,
  placement: anything,
};

/** Fills in and checks how an actor supervises. @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN */
export function resolveSupervision<Child>(
  where: string,
  options: SupervisionOptions<Child> = {},
): SupervisionSpec<Child> {
  checkOptions(where, options, {
    strategy: oneOf('one-for-one', 'one-for-all', 'rest-for-one'),
    intensity: integer(0, INTENSITY_MAX),
    intensityPer: oneOf('supervisor', 'child'),
    periodMs: milliseconds(1),
    backoff: object,
    autoShutdown: oneOf('never', 'any-significant', 'all-significant'),
    onFailure: callable,
    children: array,
  });
  return {
    strategy: options.strategy ?? 'one-for-one',
    intensity: options.intensity ?? 1,
    intensityPer: options.intensityPer ?? 'supervisor',
    periodMs: options.periodMs ?? 5_000,
    backoff: options.backoff === undefined ? null : resolveBackoff(`${where}.backoff`, options.backoff),
    autoShutdown: options.autoShutdown ?? 'never',
    onFailure: options.onFailure ?? null,
    children: options.children ?? [],
  };
}

function resolveBackoff(where: string, options: BackoffOptions): Backoff {
  const minMs = options.minMs ?? 100;
  checkOptions(where, options, {
    minMs: milliseconds(1),
    maxMs: milliseconds(minMs),
    factor: number(1, 100),
    jitter: number(0, 1),
    resetAfterMs: milliseconds(0),
  });
  const maxMs = options.maxMs ?? Math.max(minMs, 10_000);
  return {
    minMs,
    maxMs,
    factor: options.factor ?? 2,
    jitter: options.jitter ?? 0.2,
    resetAfterMs: options.resetAfterMs ?? (minMs + maxMs) / 2,
  };
}
