/** Refs that are passed on while workers die: real hosts on virtual threads, in orders drawn from seeds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ActorContext,
  type ActorRef,
  defineActor,
  isMillraceError,
  type MillraceError,
} from '@millrace/core';
import { Random, startVirtual, type VirtualSystem } from '@millrace/testkit';

const WORKERS = 4;
const GOALS = 6;
const ROUNDS = 12;

const Goal = defineActor({ name: 'goal', init: () => null, handlers: { here: () => 'here' } });

type GoalRef = ActorRef<typeof Goal>;

/** A relay, as another one sees it. */
interface Keeper {
  tell(handler: 'keep', payload: readonly [number, GoalRef]): Promise<void>;
}

/** Goals that were said to have stopped, which none does before the end of its test unless its parent's host dies. */
let stopped: number[] = [];

/** What a goal said to a relay, or why it did not. */
type Reached = readonly [goal: number, said: string];

/** Which life of each relay this is, by its number. */
let lives: number[] = [];

/** Which life of which relay had a goal made; the others are nobody's children. */
let parents = new Map<number, readonly [relay: number, life: number]>();

/** Knows goals by number, asks each at once, and passes on what it knows. */
const Relay = defineActor({
  name: 'relay',
  init(relay: number) {
    lives[relay] = (lives[relay] ?? 0) + 1;
    return { relay, known: new Map<number, GoalRef>() };
  },
  handlers: {
    bear({ relay, known }, [n, placement]: readonly [number, number], ctx: ActorContext) {
      parents.set(n, [relay, lives[relay] as number]);
      known.set(n, ctx.spawn(Goal, { placement }));
    },
    keep({ known }, [n, goal]: readonly [number, GoalRef]) {
      known.set(n, goal);
      const now = stopped;
      void goal.ask('here').catch((error: unknown) => {
        // It may be away for longer than an ask waits, or die with the question.
        if (isMillraceError(error, 'ERR_ACTOR_STOPPED')) now.push(n);
      });
    },
    pass({ known }, [n, to]: readonly [number, Keeper]) {
      const goal = known.get(n);
      if (goal !== undefined) void to.tell('keep', [n, goal]);
    },
    async reach({ known }) {
      const answers = Array.from(known, async ([n, goal]): Promise<Reached> => {
        const said = await goal.ask('here').catch((error: MillraceError) => error.code);
        return [n, said];
      });
      return Promise.all(answers);
    },
  },
});

type RelayRef = ActorRef<typeof Relay>;

/** The goal is gone: who had it made died. */
function orphaned(n: number): boolean {
  const [relay, life] = parents.get(n) ?? [];
  return relay !== undefined && lives[relay] !== life;
}

/** Refs go from worker to worker while workers die at any moment; in the end each leads to its actor. */
async function play(system: VirtualSystem, random: Random): Promise<void> {
  const goals: GoalRef[] = [];
  for (let n = 0; n < GOALS; n += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    goals.push(
      await system.spawn(Goal, { placement: random.chance(500) ? 'auto' : 1 + random.next(WORKERS) }),
    );
  const relays: RelayRef[] = [];
  for (let host = 0; host <= WORKERS; host += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    relays.push(await system.spawn(Relay, { args: host, placement: host === 0 ? 'main' : host }));
  const any = <T>(of: readonly T[]): T => of[random.next(of.length)] as T;
  let born = GOALS;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < 4; i += 1) {
      const n = random.next(GOALS);
      if (random.chance(300)) void any(relays).tell('keep', [n, goals[n] as GoalRef]);
      else void any(relays).tell('pass', [random.next(born), any(relays)]);
    }
    if (random.chance(300)) {
      // At once to another one, which passes it on: it may be heard of before it is made.
      const [parent, first, second] = [any(relays), any(relays), any(relays)];
      void parent.tell('bear', [born, random.next(WORKERS + 1)]);
      void parent.tell('pass', [born, first]);
      void first.tell('pass', [born, second]);
      born += 1;
    }
    const steps = system.steps + random.next(20);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await system.until(() => system.steps >= steps).catch(() => undefined);
    if (random.chance(250)) system.killWorker(1 + random.next(WORKERS));
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if (random.chance(150)) await system.advance(100);
  }
  await system.advance(10_000);
  let heard = 0;
  const reached: Reached[] = [];
  for (const relay of relays) {
    void relay.ask('reach').then((all) => {
      heard += 1;
      reached.push(...all);
    }, assert.unreachable);
  }
  await system.until(() => heard === relays.length, 'that all relays hear of their goals');
  const wrong = reached.filter(([n, said]) => said !== (orphaned(n) ? 'ERR_ACTOR_STOPPED' : 'here'));
  assert.equal(wrong, [], 'each goal is reached, or gone if who had it made died');
}

/** Seeds that every run plays; `SEEDS=1000` plays more of them. */
const SEEDS = Number(process.env['SEEDS'] ?? 100);

for (let seed = 1; seed <= SEEDS; seed += 1) {
  test(`a ref leads to its actor however it was passed on while workers died (seed ${seed})`, async () => {
    const system = await startVirtual({ actors: [Goal, Relay], workers: WORKERS, seed });
    stopped = [];
    lives = [];
    parents = new Map();
    await play(system, new Random(seed));
    assert.equal(
      stopped.filter((n) => !orphaned(n)),
      [],
      'no other goal has stopped',
    );
    await system.stop();
  });
}

test.run();
