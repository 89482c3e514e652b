/** Watches under deaths of workers: real hosts on virtual threads, in orders drawn from seeds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorRef, defineActor } from '@millrace/core';
import { startVirtual, type VirtualSystem } from '@millrace/testkit';

const Watched = defineActor({ name: 'watched', init: () => null, handlers: { life: () => null } });

const Parent = defineActor({
  name: 'parent',
  init: () => null,
  handlers: { bear: (_state, placement: number, ctx) => ctx.spawn(Watched, { placement }) },
});

const Watcher = defineActor({
  name: 'watcher',
  init: () => ({ told: [] as string[] }),
  handlers: {
    watch: (_state, [ref]: readonly [ActorRef<typeof Watched>], ctx) => ctx.watch(ref),
    told: ({ told }) => told,
  },
  hooks: { terminated: ({ told }, { reason }) => void told.push(reason) },
});

const ACTORS = [Watched, Watcher, Parent];
const WORKERS = 5;

type Watchers = readonly ActorRef<typeof Watcher>[];

/** Watchers on the main thread and on the first three workers. */
function watchersOf(system: VirtualSystem): Promise<Watchers> {
  return Promise.all((['main', 1, 2, 3] as const).map((placement) => system.spawn(Watcher, { placement })));
}

async function toldTo(watchers: Watchers): Promise<string> {
  return (await Promise.all(watchers.map((one) => one.ask('told')))).map((told) => told.join('+')).join();
}

for (let seed = 1; seed <= 16; seed += 1) {
  test(`a watch goes on when its actor is made again on another worker (seed ${seed})`, async () => {
    const system = await startVirtual({ actors: ACTORS, workers: WORKERS, seed });
    const actor = await system.spawn(Watched, { placement: 5 });
    const watchers = await watchersOf(system);
    const watched = Promise.all(watchers.map((one) => one.ask('watch', [actor])));
    // At odd seeds some begin to watch while it is away.
    if (seed % 2 === 0) await watched;
    system.killWorker(5);
    await system.advance(10_000);
    await watched;
    await actor.ask('life');
    assert.is(await toldTo(watchers), ',,,', 'a restart is not told');
    await system.stopActor(actor);
    await system.settle();
    assert.is(await toldTo(watchers), 'stopped,stopped,stopped,stopped');
    await system.stop();
  });

  test(`a watch tells when the actor goes down because its parent's worker died (seed ${seed})`, async () => {
    const system = await startVirtual({ actors: ACTORS, workers: WORKERS, seed });
    const parent = await system.spawn(Parent, { placement: 5 });
    const actor = await parent.ask('bear', 4);
    const watchers = await watchersOf(system);
    await Promise.all(watchers.map((one) => one.ask('watch', [actor])));
    await system.settle();
    system.killWorker(5);
    // The workers of both, at odd seeds: then nobody is left to say so but who died.
    if (seed % 2 === 1) system.killWorker(4);
    await system.advance(10_000);
    assert.is(await toldTo(watchers), 'host-lost,host-lost,host-lost,host-lost');
    await system.stop();
  });
}

test.run();
