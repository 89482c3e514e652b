/**
 * A subject whose passes share one running system. Owns its start and its stop; holds that the system's own
 * ledger adds up at the end, beside the checksum of the cell.
 */
import { formatLedger, startSystem, type RunningSystem } from 'millrace';
import type { Sample } from '../../harness/cell.ts';
import type { Subject } from '../../harness/system.ts';
import { signal } from '../../load/signal.ts';
import { Collector, type CollectorRef } from './collector.ts';

/** How to run a system: the ablations differ from the defaults in this. */
export interface Setting {
  readonly workers: number;
  /** Microseconds that an idle worker looks again before it sleeps; the default of the runtime without it. */
  readonly spinUs?: number;
  /** How top-level actors are looked after; the default of the runtime without it. */
  readonly supervision?: { readonly intensity: number; readonly periodMs: number };
}

/** A running system with a way to wait for the end of a pass. */
export interface Stage {
  readonly system: RunningSystem;
  readonly collector: CollectorRef;
  /** Resolves once the collector was told that many times from now on. */
  readonly told: (times: number) => Promise<void>;
}

/** Starts a system whose actors are exported by these modules of this folder. */
export async function startStage(
  modules: readonly string[],
  { workers, spinUs, supervision }: Setting,
): Promise<Stage> {
  const system = await startSystem({
    actors: ['collector', ...modules].map((name) => new URL(`./${name}.js`, import.meta.url)),
    workers,
    ...(spinUs === undefined ? {} : { spinUs }),
    ...(supervision === undefined ? {} : { supervision }),
  });
  let left = 0;
  let fire = (): void => {};
  const whenTold = (): void => {
    left -= 1;
    if (left === 0) fire();
  };
  const collector = await system.spawn(Collector, { placement: 'main', args: whenTold });
  return {
    system,
    collector,
    told: (times) => {
      const all = signal();
      left = times;
      fire = all.fire;
      return all.fired;
    },
  };
}

/**
 * Binds a pass to its stage. At the end the account of the whole system is looked at as well: nothing may
 * have failed, been dropped or be left over.
 */
export function subjectOf<S extends Sample>(stage: Stage, run: (messages: number) => Promise<S>): Subject<S> {
  return {
    run,
    stop: async () => {
      const { ledger, problems } = await stage.system.stop();
      const lost = ledger.failed + ledger.deadLettered + Object.keys(ledger.dropped).length;
      if (lost > 0 || problems.length > 0) {
        throw new Error(`the ledger does not add up: ${problems.join('; ')}\n${formatLedger(ledger)}`);
      }
    },
  };
}
