/** Tests of watches: the watcher is told exactly once that an actor stopped, and of nothing else. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/index.ts';
import type { ActorRef, AnyRef } from '../src/ref.ts';
import { Plain } from './support/actors.ts';
import { Gate, worldTest } from './support/world.ts';

/** Watches what it is told to, and notes who stopped and why. */
const Watcher = defineActor({
  name: 'watcher',
  init: () => ({}),
  hooks: {
    terminated: (_state, { ref, reason }, ctx) => {
      (told.get(ctx.self) ?? []).push(`${ref.address.path} ${reason}`);
    },
  },
  handlers: {
    watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref),
    unwatch: (_state, ref: AnyRef, ctx) => ctx.unwatch(ref),
    flicker: (_state, ref: AnyRef, ctx) => {
      for (let n = 0; n < 100; n += 1) {
        ctx.watch(ref);
        ctx.unwatch(ref);
      }
      ctx.watch(ref);
    },
    twice: (_state, ref: AnyRef, ctx) => {
      ctx.watch(ref);
      ctx.watch(ref);
    },
    hold: async (_state, gate: Promise<void>) => gate,
    fail: () => {
      throw new Error('watcher');
    },
  },
});

const told = new Map<ActorRef, string[]>();

function notesOf(ref: AnyRef): string[] {
  const notes: string[] = [];
  told.set(ref as ActorRef, notes);
  return notes;
}

worldTest('a watch tells exactly once that the actor stopped', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await watcher.tell('watch', plain);
  await watcher.tell('watch', plain);
  await w.settle();
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, ['/user/plain stopped']);
});

worldTest('a watch tells also when the actor was gone before', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await w.value(w.system.stopActor(plain));
  await watcher.tell('twice', plain);
  await w.settle();
  assert.equal(notes, ['/user/plain stopped']);
  assert.is(await w.value(w.system.terminated(plain)), 'stopped');
  await watcher.tell('watch', plain);
  await w.settle();
  assert.is(notes.length, 2, 'a new watch tells anew');
});

worldTest('a watch never tells of a restart', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await watcher.tell('watch', plain);
  await w.settle();
  await plain.tell('fail');
  await w.settle();
  assert.is(w.cell(plain).incarnation, 2);
  assert.equal(notes, []);
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, ['/user/plain stopped'], 'the watch was kept through the restart');
});

worldTest('after unwatch nothing is told, not even of a stop that happened before', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const gate = new Gate();
  const [a, b] = [await w.spawn(Plain), await w.spawn(Plain)];
  await watcher.tell('watch', a);
  await watcher.tell('watch', b);
  await watcher.tell('unwatch', a);
  await watcher.tell('hold', gate.opened);
  await w.settle();
  await w.value(w.system.stopActor(a));
  const stopped = w.track(w.system.stopActor(b));
  await w.settle();
  assert.is(stopped.value, 'stopped');
  assert.equal(notes, [], 'it is busy');
  await watcher.tell('unwatch', b);
  gate.open();
  await w.settle();
  assert.equal(notes, [`${b.address.path} stopped`], 'the hook comes before the message that waited');
});

worldTest('watching and unwatching one that is gone adds nothing up', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain, { name: 'plain' });
  await w.value(w.system.stopActor(plain));
  await watcher.tell('flicker', plain);
  await w.time.pass();
  assert.ok((w.cell(watcher).extras?.notices?.size ?? 0) <= 1);
  await w.settle();
  assert.equal(notes, ['/user/plain stopped']);
});

worldTest('no message is handled while the terminated hook has not ended', async (w) => {
  const gate = new Gate();
  const order: string[] = [];
  const Careful = defineActor({
    name: 'careful',
    init: () => ({}),
    hooks: {
      terminated: async () => {
        order.push('terminated begins');
        await gate.opened;
        order.push('terminated ends');
      },
    },
    handlers: {
      watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref),
      work: () => void order.push('work'),
    },
  });
  const careful = await w.spawn(Careful);
  const plain = await w.spawn(Plain);
  await careful.tell('watch', plain);
  await w.settle();
  await w.value(w.system.stopActor(plain));
  await careful.tell('work');
  await w.settle();
  gate.open();
  await w.settle();
  assert.equal(order, ['terminated begins', 'terminated ends', 'work']);
});

worldTest('a watch ends with the incarnation of the watcher', async (w) => {
  const watcher = await w.spawn(Watcher);
  const notes = notesOf(watcher);
  const plain = await w.spawn(Plain);
  await watcher.tell('watch', plain);
  await watcher.tell('fail');
  await w.settle();
  await w.value(w.system.stopActor(plain));
  assert.equal(notes, []);
});

worldTest('an actor without a terminated hook cannot watch', async (w) => {
  const Blind = defineActor({
    name: 'blind',
    init: () => ({}),
    handlers: { watch: (_state, ref: AnyRef, ctx) => ctx.watch(ref) },
  });
  const blind = await w.spawn(Blind);
  const error = await w.rejects(blind.ask('watch', blind), 'ERR_OPTION_INVALID');
  assert.match(error.message, 'hooks.terminated');
});

test.run();
