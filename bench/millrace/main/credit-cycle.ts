/**
 * S14: three actors in a circle, on as many workers as there are.
 */
import { nowMs } from '@millrace/testkit/bench';
import type { Subject } from '../../harness/system.ts';
import type { CreditCycleParams, CreditCycleSample } from '../../macro/s14-credit-cycle.ts';
import { Link1, Link2, Link4, Link8 } from './cycle-actors.ts';
import { startStage, subjectOf } from './subject.ts';

const LINKS = { 1: Link1, 2: Link2, 4: Link4, 8: Link8 } as const;

export async function startCreditCycle(params: CreditCycleParams): Promise<Subject<CreditCycleSample>> {
  const { capacity, actors, workers, tokens } = params;
  const stage = await startStage(['cycle-actors'], { workers });
  const { system, collector, told } = stage;
  const links = await Promise.all(
    Array.from({ length: actors }, (_, i) =>
      system.spawn(LINKS[capacity], { placement: 1 + (i % workers), args: collector }),
    ),
  );
  await Promise.all(
    links.map((link, i) => link.ask('meet', links[(i + 1) % actors] as (typeof links)[number])),
  );
  return subjectOf(stage, async (messages) => {
    const each = Math.ceil(messages / tokens);
    const done = told(tokens);
    const sleepsBefore = process.resourceUsage().voluntaryContextSwitches;
    const startMs = nowMs();
    for (let token = 0; token < tokens; token += 1) void links[token % actors]?.tell('token', each);
    await done;
    const elapsedMs = nowMs() - startMs;
    const sleeps = process.resourceUsage().voluntaryContextSwitches - sleepsBefore;
    const reports = await Promise.all(links.map((link) => link.ask('report', undefined)));
    return {
      elapsedMs,
      offered: each * tokens,
      received: reports.reduce((sum, { hops }) => sum + hops, 0),
      sum: reports.reduce((sum, { ended }) => sum + ended, 0) * each,
      sleeps,
    };
  });
}
