// test-deadline-s: 120 because it runs many random trees on a machine that may be busy
/**
 * Random trees of actors under random sends, failures, restarts, stops and aborts in virtual time. After each
 * step all laws hold; at the end every send has settled and everything stops. `SEED=… ` runs one seed again.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type OverflowPolicy, type SupervisionOptions, defineActor } from '../src/index.ts';
import type { ActorRef, AnyRef } from '../src/ref.ts';
import { chosenSeed, seededRandom } from './support/seeded.ts';
import { type Outcome, World } from './support/world.ts';

const RUNS = 40;
const STEPS = 120;

type Dice = (below: number) => number;

/** What a message asks its handler to do. */
interface Deed {
  readonly act:
    | 'nothing'
    | 'fail'
    | 'stop'
    | 'stash'
    | 'unstash'
    | 'spawn'
    | 'timer'
    | 'watch'
    | 'send'
    | 'ask';
  readonly to?: ActorRef;
  readonly times?: number;
  readonly ms?: number;
}

class Forest {
  readonly w: World;
  readonly dice: Dice;
  readonly refs: ActorRef[] = [];
  readonly outcomes: Outcome<unknown>[] = [];
  readonly aborts: AbortController[] = [];

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.dice = (below) => Math.floor(random() * below);
    this.w = new World({ seed, supervision: { intensity: 1_000, intensityPer: 'child' } });
  }

  pick<T>(items: readonly T[]): T {
    return items[this.dice(items.length)] as T;
  }

  /** A definition with random bounds and a random way to look after its children. */
  definition() {
    const { dice } = this;
    const overflow = this.pick<OverflowPolicy>([
      'park',
      'park',
      'park',
      'drop-newest',
      'drop-oldest',
      'latest',
      'fail',
    ]);
    const supervision: SupervisionOptions<never> = {
      strategy: this.pick(['one-for-one', 'one-for-all', 'rest-for-one'] as const),
      intensity: dice(4),
      periodMs: 1_000,
      intensityPer: this.pick(['supervisor', 'child'] as const),
      ...(dice(3) === 0 ? { backoff: { minMs: 1 + dice(20), maxMs: 200 } } : {}),
      autoShutdown: this.pick(['never', 'never', 'any-significant'] as const),
      onFailure: () => this.pick(['restart', 'restart', 'restart', 'resume', 'stop', 'escalate'] as const),
    };
    let inits = 0;
    const init = (): { n: number } => {
      inits += 1;
      if (inits > 1 && dice(10) === 0) throw new Error('init');
      return { n: 0 };
    };
    const slowMs = dice(3) === 0 ? 1 + dice(30) : 0;
    const work = async (
      deed: Deed,
      ctx: Parameters<Parameters<typeof defineActor>[0]['init']>[1],
    ): Promise<unknown> => {
      if (slowMs > 0) await this.w.sleep(slowMs);
      return this.act(deed, ctx as never);
    };
    return defineActor({
      name: 'node',
      mailbox: {
        capacity: 1 + dice(4),
        overflow,
        ...(overflow === 'park' && dice(3) === 0
          ? { timeoutMs: 1 + dice(50), onTimeout: this.pick(['fail', 'drop'] as const) }
          : {}),
      },
      concurrency: 1 + dice(2),
      reentrant: dice(4) === 0,
      stashCapacity: 2,
      supervision: supervision as never,
      init: dice(4) === 0 ? async () => (await this.w.sleep(dice(10)), init()) : init,
      hooks: {
        terminated: () => {
          if (dice(20) === 0) throw new Error('terminated');
        },
        stopping: async () => {
          if (dice(5) === 0) await this.w.sleep(dice(100));
          if (dice(20) === 0) throw new Error('stopping');
        },
      },
      handlers: {
        quick: (_state, deed: Deed, ctx) => this.act(deed, ctx as never),
        slow: async (_state, deed: Deed, ctx) => work(deed, ctx as never),
      },
    });
  }

  act(deed: Deed, ctx: Parameters<NonNullable<Parameters<typeof defineActor>[0]['init']>>[1]): unknown {
    const to = deed.to ?? this.pick(this.refs);
    switch (deed.act) {
      case 'nothing':
        return 'done';
      case 'fail':
        throw new Error('deed');
      case 'stop':
        return ctx.stop(this.dice(2) === 0 ? undefined : to, {
          shutdownMs: this.pick([10, 'brutal', 'infinity'] as const),
        });
      case 'stash':
        return ctx.stash();
      case 'unstash':
        return ctx.unstash();
      case 'spawn':
        if (this.refs.length < 40)
          this.refs.push(ctx.spawn(this.definition(), this.childOptions()) as unknown as ActorRef);
        return undefined;
      case 'timer':
        return this.dice(2) === 0
          ? ctx.timers.once('t', deed.ms ?? 1, 'quick' as never, { act: 'nothing' } as never)
          : ctx.timers.interval('i', 1 + (deed.ms ?? 1), 'quick' as never, { act: 'nothing' } as never);
      case 'watch':
        return this.dice(3) === 0 ? ctx.unwatch(to as AnyRef) : ctx.watch(to as AnyRef);
      case 'send':
        for (let n = 0; n < (deed.times ?? 1); n += 1) {
          const sent = to.tell(this.pick(['quick', 'slow']), this.deed());
          if (this.dice(2) === 0) this.outcomes.push(this.w.track(sent));
        }
        return undefined;
      case 'ask': {
        const asked = to.ask('quick', this.deed(), { timeoutMs: 20 + this.dice(100) });
        this.outcomes.push(this.w.track(asked));
        return asked.catch(() => undefined);
      }
    }
  }

  childOptions(): object {
    const restart = this.pick(['permanent', 'transient', 'temporary'] as const);
    return {
      restart,
      shutdownMs: this.pick([0, 50, 'brutal', 5_000] as const),
      significant: restart !== 'permanent' && this.dice(5) === 0,
    };
  }

  deed(): Deed {
    const act = this.pick(
      'nothing nothing nothing send send ask fail stop stash unstash spawn timer watch'.split(
        ' ',
      ) as Deed['act'][],
    );
    return {
      act: act === 'stop' && this.dice(3) > 0 ? 'nothing' : act,
      to: this.pick(this.refs),
      times: 1 + this.dice(6),
      ms: this.dice(40),
    };
  }

  async step(): Promise<void> {
    const { w, dice } = this;
    const to = this.pick(this.refs);
    switch (dice(8)) {
      case 0: {
        const definition = this.definition();
        const spawned = w.track(w.system.spawn(definition, this.childOptions()));
        await w.time.pass();
        if (spawned.value !== undefined) this.refs.push(spawned.value as unknown as ActorRef);
        break;
      }
      case 1:
        if (to !== undefined)
          this.outcomes.push(w.track(to.ask('slow', this.deed(), { timeoutMs: 1 + dice(200) })));
        break;
      case 2:
        if (to !== undefined && dice(4) === 0)
          void w.system.stopActor(to, { shutdownMs: this.pick([20, 'brutal'] as const) });
        break;
      case 3:
        this.pick(this.aborts)?.abort();
        break;
      case 4: {
        const abort = new AbortController();
        this.aborts.push(abort);
        if (to !== undefined)
          this.outcomes.push(w.track(to.tell('slow', this.deed(), { signal: abort.signal })));
        break;
      }
      case 5:
        to?.tryTell('quick', this.deed());
        break;
      default:
        for (let n = dice(5); to !== undefined && n > 0; n -= 1)
          this.outcomes.push(w.track(to.tell('quick', this.deed())));
    }
    if (dice(2) === 0) await w.time.pass();
    else await w.advance(dice(30));
  }
}

const base = chosenSeed();
const runs = process.env['SEED'] === undefined ? RUNS : 1;

for (let run = 0; run < runs; run += 1) {
  const seed = base + run;
  test(`whatever happens in a tree of actors, the laws hold (SEED=${seed})`, async () => {
    const forest = new Forest(seed);
    const { w } = forest;
    for (let n = 0; n < 3; n += 1) {
      const spawning = w.system.spawn(forest.definition());
      await w.advance(20);
      forest.refs.push((await spawning) as unknown as ActorRef);
    }
    for (let step = 0; step < STEPS; step += 1) {
      await forest.step();
      w.checkLaws();
    }
    await w.stop();
    w.checkLaws();
    await w.advance(1_000);
    assert.is(
      forest.outcomes.filter(({ state }) => state === 'pending').length,
      0,
      'every send and ask has settled',
    );
    assert.is(w.system.kernel.outside.parkedSends, 0);
    assert.is(w.system.kernel.outside.openAsks, 0);
  });
}

test.run();
