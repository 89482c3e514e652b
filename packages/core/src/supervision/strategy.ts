/**
 * What a supervisor does when a child ends or fails: pure decisions over plain data, with OTP's meaning.
 * Owns no state; the supervisor carries verdicts out and keeps the restart window.
 */
import type { AutoShutdown, ChildSpec, Directive, Strategy } from './child-spec.ts';

/** What happened to a child. */
export type ChildEvent =
  /** A handler or hook threw, or its init threw when it was started again; the child waits for a verdict. */
  | { readonly kind: 'failed'; readonly directive: Directive }
  /** It stopped by itself, or because somebody asked it to. */
  | {
      readonly kind: 'stopped';
      readonly abnormal: boolean;
      /** Its host died: not its fault, so a restart does not count against the intensity. */
      readonly hostLost?: boolean;
    };

/** What to do about it. */
export type Verdict =
  /** Go on with the same state. */
  | 'resume'
  /** Start it again, with the siblings its strategy names. Counts against the intensity. */
  | 'restart'
  /** Stop the child for good. */
  | 'stop'
  /** It is gone already: forget it. */
  | 'forget'
  /** The supervisor itself fails with the child's error. */
  | 'escalate';

/** The verdict for an event of a child. */
export function decide(spec: ChildSpec, event: ChildEvent): Verdict {
  if (event.kind === 'stopped') {
    const again = spec.restart === 'permanent' || (spec.restart === 'transient' && event.abnormal);
    return again ? 'restart' : 'forget';
  }
  if (event.directive !== 'restart') return event.directive;
  return spec.restart === 'temporary' ? 'stop' : 'restart';
}

/** Which of the children, given in start order, restart with the one at `index`. */
export function restartScope<Child>(
  strategy: Strategy,
  children: readonly Child[],
  index: number,
): readonly Child[] {
  switch (strategy) {
    case 'one-for-one':
      return children.slice(index, index + 1);
    case 'one-for-all':
      return children;
    case 'rest-for-one':
      return children.slice(index);
  }
}

/** Whether the supervisor goes down now that a child ended by itself and was forgotten. */
export function decideAutoShutdown(mode: AutoShutdown, ended: ChildSpec, significantLeft: number): boolean {
  if (!ended.significant) return false;
  switch (mode) {
    case 'never':
      return false;
    case 'any-significant':
      return true;
    case 'all-significant':
      return significantLeft === 0;
  }
}
