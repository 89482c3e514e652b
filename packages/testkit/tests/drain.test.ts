/** The drain of a stop, over threads: real hosts on virtual threads, in orders drawn from seeds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '@millrace/core';
import { startVirtual, type VirtualSystem } from '@millrace/testkit';

const KEYS = 3;

/** What a drain goes by: nothing to do on any thread, and no message under way between them. */
function isQuiet(system: VirtualSystem): boolean {
  const all = system.liveThreads.map(
    ({ life }) => life?.host.status() ?? { active: 0, sent: 0, received: 0 },
  );
  const underWay = all.reduce((sum, { sent, received }) => sum + sent - received, 0);
  return underWay === 0 && all.every(({ active }) => active === 0);
}

/** Sends to keys of which nobody has heard. @returns the steps after which it looked quiet although some of it waited */
async function scatter(seed: number, from: 'outside' | 'main' | 1): Promise<readonly number[]> {
  let [scattered, counted] = [false, 0];
  const Tally = defineActor({
    name: 'tally',
    keyed: { idleMs: 1e9 },
    init: () => null,
    handlers: {
      count() {
        counted += 1;
      },
    },
  });
  const Scatterer = defineActor({
    name: 'scatterer',
    init: () => null,
    handlers: {
      scatter(_state, _: undefined, ctx) {
        for (let key = 0; key < KEYS; key += 1) void ctx.keyed(Tally).ref(`k${key}`).tell('count');
        scattered = true;
      },
    },
  });
  const system = await startVirtual({ actors: [Tally, Scatterer], workers: 3, seed });
  if (from === 'outside') {
    for (let key = 0; key < KEYS; key += 1) void system.keyed(Tally).ref(`k${key}`).tell('count');
    scattered = true;
  } else {
    void (await system.spawn(Scatterer, { placement: from })).tell('scatter');
  }
  const quietAt: number[] = [];
  await system.until(() => {
    if (scattered && counted < KEYS && isQuiet(system)) quietAt.push(system.steps);
    return counted === KEYS;
  });
  await system.stop();
  return quietAt;
}

for (const from of ['outside', 'main', 1] as const) {
  test(`no moment is quiet while a send waits for word from another thread (from ${from})`, async () => {
    for (let seed = 1; seed <= 20; seed += 1)
      // oxlint-disable-next-line no-await-in-loop -- one system after the other
      assert.equal(await scatter(seed, from), [], `seed ${seed}`);
  });
}

test.run();
