/**
 * Tests of the types: what must not compile is marked as an error that is expected, so that the build fails when
 * it compiles. Nothing here is about run time.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ActorContext, type ActorRef, type AnyRef, type System, defineActor } from '../src/index.ts';

interface Item {
  readonly sku: string;
  readonly count: number;
}

const Shop = defineActor({
  name: 'shop',
  init: (owner: string, ctx) => ({ owner, stock: 0, openedAtMs: ctx.now() }),
  handlers: {
    add(state, item: Item) {
      state.stock += item.count;
      return state.stock;
    },
    owner: async (state) => state.owner,
    reset: (state, _payload: undefined, ctx) => {
      state.stock = 0;
      ctx.log('info', 'reset');
    },
    maybe: (state, by: number | undefined) => state.stock + (by ?? 0),
  },
});

const Plain = defineActor({ name: 'plain', init: () => 1, handlers: { ping: () => 'pong' as const } });

/** Never called: its body is compiled. */
function compiles(system: System, shop: ActorRef<typeof Shop>, ctx: ActorContext, any: ActorRef): unknown[] {
  any satisfies AnyRef;
  shop satisfies ActorRef;
  const reply: Promise<number> = shop.ask('add', { sku: 'a', count: 1 });
  const owner: Promise<string> = shop.ask('owner');
  const spawned: Promise<ActorRef<typeof Shop>> = system.spawn(Shop, { args: 'alice' });
  const child: ActorRef<typeof Plain> = ctx.spawn(Plain);
  const anyRef: AnyRef = shop;
  ctx.watch(shop);
  ctx.stop(anyRef);
  return [
    reply,
    owner,
    spawned,
    child.ask('ping') satisfies Promise<'pong'>,
    shop.tell('add', { sku: 'a', count: 1 }, { timeoutMs: 5 }),
    shop.tell('reset'),
    shop.tell('maybe'),
    shop.tell('maybe', 4),
    any.tell('whatever', 5),

    // @ts-expect-error -- a misspelt handler
    shop.tell('ad', { sku: 'a', count: 1 }),
    // @ts-expect-error -- a misspelt handler
    shop.tryTell('ownr'),
    // @ts-expect-error -- a misspelt handler
    shop.ask('resett'),
    // @ts-expect-error -- a wrong payload
    shop.tell('add', { sku: 'a', count: 'one' }),
    // @ts-expect-error -- a wrong payload
    shop.tryTell('add', 5),
    // @ts-expect-error -- a wrong payload
    shop.ask('maybe', 'four'),
    // @ts-expect-error -- a payload where there is none to give
    shop.tell('owner', 5),
    // @ts-expect-error -- a payload is missing
    shop.tell('add'),
    // @ts-expect-error -- a wrong reply
    shop.ask('owner') satisfies Promise<number>,
    // @ts-expect-error -- a wrong reply
    shop.ask('add', { sku: 'a', count: 1 }) satisfies Promise<string>,
    // @ts-expect-error -- an option that does not exist
    shop.tell('reset', undefined, { timeout: 5 }),
    // @ts-expect-error -- wrong arguments of init
    system.spawn(Shop, { args: 5 }),
    // @ts-expect-error -- arguments of init are missing
    system.spawn(Shop),
    // @ts-expect-error -- arguments of init are missing
    ctx.spawn(Shop, { name: 'shop' }),
    // @ts-expect-error -- not a definition
    system.spawn({ name: 'shop' }),
    // @ts-expect-error -- a ref of another actor
    child satisfies ActorRef<typeof Shop>,
    /* oxlint-disable typescript/no-unsafe-call -- that it has no type is the point */
    // @ts-expect-error -- a ref can neither spawn nor stop
    shop.stop(),
  ];
}

/** Children of any kind can be declared; that it compiles is the test. */
export const Mall = defineActor({
  name: 'mall',
  supervision: { children: [{ name: 'shop', actor: Shop, args: 'eve' }] },
  init: () => null,
  handlers: {},
});

test('a wrong handler, payload, reply or argument does not compile', () => {
  assert.type(compiles, 'function');
});

test('a definition with wrong parts does not compile', () => {
  const definitions = [
    () =>
      defineActor({
        name: 'a',
        init: () => ({ count: 0 }),
        handlers: {
          /* oxlint-disable typescript/no-unsafe-return -- that it has no type is the point */
          // @ts-expect-error -- the state has no such field
          add: (state) => state.total,
        },
      }),
    () =>
      defineActor({
        name: 'a',
        init: () => ({ count: 0 }),
        // @ts-expect-error -- a policy that does not exist
        mailbox: { overflow: 'explode' },
        handlers: {},
      }),
    () =>
      defineActor({
        name: 'a',
        init: () => ({ count: 0 }),
        handlers: {},
        // @ts-expect-error -- a strategy that does not exist
        supervision: { strategy: 'one-for-some' },
      }),
    // @ts-expect-error -- no init
    () => defineActor({ name: 'a', handlers: {} }),
  ];
  assert.is(definitions.length, 4);
});

test.run();
