/** Tests of what hosts know of each other's actors: rows in an order that the test chooses. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Ref } from '../src/actor/actor-ref.ts';
import type { ActorContext } from '../src/actor/context.ts';
import { defineActor } from '../src/actor/definition.ts';
import { MillraceError } from '../src/errors.ts';
import type { ActorRef } from '../src/ref.ts';
import { Nodes } from './support/nodes.ts';

const Goal = defineActor({ name: 'goal', init: () => null, handlers: { here: () => 'here' } });

type GoalRef = ActorRef<typeof Goal>;

/** Another one like this, as a message names it. */
interface Keeper {
  tell(handler: 'said'): Promise<void>;
  tell(handler: 'hold' | 'use', payload: readonly [GoalRef]): Promise<void>;
}

/** Holds a ref that it is sent, and passes it on; or uses it at once, and is mute until that is accepted. */
const Relay = defineActor({
  name: 'relay',
  init: () => ({ goal: null as GoalRef | null, said: 'nothing' }),
  handlers: {
    hold(state, [goal]: readonly [GoalRef]) {
      state.goal = goal;
    },
    use(state, [goal]: readonly [GoalRef]) {
      state.goal = goal;
      state.said = 'waits';
      goal.ask('here', undefined, { timeoutMs: 1_000_000 }).then(
        (answer) => (state.said = answer),
        (error: unknown) => (state.said = error instanceof MillraceError ? error.code : String(error)),
      );
    },
    lend({ goal }, [to]: readonly [Keeper]) {
      if (goal !== null) void to.tell('hold', [goal]);
    },
    pass({ goal }, [to]: readonly [Keeper]) {
      if (goal !== null) void to.tell('use', [goal]);
    },
    async again(state) {
      state.said = 'waits';
      state.goal?.ask('here', undefined, { timeoutMs: 1_000_000 }).then(
        (answer) => (state.said = answer),
        (error: unknown) => (state.said = error instanceof MillraceError ? error.code : String(error)),
      );
    },
    greet: (_state, [other]: readonly [Keeper]) => void other.tell('said'),
    bear(state, placement: number, ctx: ActorContext) {
      state.goal = ctx.spawn(Goal, { placement });
    },
    said: ({ said }) => said,
  },
});

type RelayRef = ActorRef<typeof Relay>;

const LIVES = 100;

/** Hosts with a relay on each, which all hosts know: what one passes to another leaves at once. */
async function hosts(count: number): Promise<{ nodes: Nodes; relays: RelayRef[] }> {
  const nodes = new Nodes(count, [Goal, Relay]);
  const relays: RelayRef[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (let host = 0; host < count; host += 1) relays.push(await nodes.spawn(Relay, host));
  for (let i = 0; i < 8; i += 1)
    for (const one of relays) for (const other of relays) if (one !== other) void one.tell('greet', [other]);
  await nodes.run();
  return { nodes, relays };
}

/** What became of the question of a relay to the actor that it was told of last; it is mute until that is accepted. */
async function said(nodes: Nodes, relay: RelayRef): Promise<string> {
  await nodes.run();
  let answer = 'is mute';
  relay.ask('said').then((said) => (answer = said), assert.unreachable);
  await nodes.run();
  return answer;
}

/** A goal that lives on a host, known to some relays. */
async function goalAt(nodes: Nodes, host: number, knownTo: readonly RelayRef[]): Promise<GoalRef> {
  const goal = await nodes.spawn(Goal, host);
  for (const relay of knownTo) void relay.tell('hold', [goal]);
  await nodes.run();
  return goal;
}

/** A goal that one host has made on another, which has not heard of it yet. */
async function unbornGoal(nodes: Nodes, maker: number, host: number): Promise<GoalRef> {
  void nodes.at(maker).system.spawn(Goal, { name: 'unborn', placement: host });
  await nodes.settle();
  assert.equal(nodes.underWay(maker, host), ['spawn']);
  return nodes.at(maker).system.find('unborn') as GoalRef;
}

for (const late of [false, true]) {
  const when = late ? 'while others hear that it stopped' : 'long after it stopped';
  test(`a ref that comes back to the host of its actor ${when} leaves nothing behind`, async () => {
    const { nodes, relays } = await hosts(2);
    const [home, away] = relays as [RelayRef, RelayRef];
    const known: (readonly number[])[] = [];
    for (let life = 0; life < LIVES; life += 1) {
      /* oxlint-disable no-await-in-loop -- one life after the other */
      const goal = await goalAt(nodes, 0, [away]);
      if (late) void away.tell('pass', [home]);
      await nodes.settle();
      void nodes.at(0).system.stopActor(goal);
      await nodes.settle();
      if (late) {
        assert.equal(nodes.underWay(0, 1), ['tell', 'gone']);
        await nodes.deliver(0, 1, 1);
      } else {
        await nodes.run();
        void away.tell('pass', [home]);
      }
      assert.is(await said(nodes, home), 'ERR_ACTOR_STOPPED');
      known.push([0, 1].flatMap((host) => nodes.known(host)));
      /* oxlint-enable no-await-in-loop */
    }
    assert.equal(known.at(-1), known[0], `after ${LIVES} lives as after one`);
  });
}

test('a ref that comes before its actor is made waits for it', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, , home] = relays as [RelayRef, RelayRef, RelayRef, RelayRef];
  const goal = await unbornGoal(nodes, 0, 3);
  void teller.tell('hold', [goal]);
  void teller.tell('pass', [home]);
  await nodes.run('0>3');
  assert.equal(nodes.underWay(0, 3), ['spawn'], 'it is not made yet');
  assert.is(await said(nodes, home), 'here');
});

test('a ref that comes before its actor is made, and is read after it stopped, leads nowhere', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, , home] = relays as [RelayRef, RelayRef, RelayRef, RelayRef];
  const goal = await unbornGoal(nodes, 0, 3);
  void teller.tell('hold', [goal]);
  void teller.tell('pass', [home]);
  await nodes.run('0>3', '1>3');
  await nodes.run('0>1', '1>3');
  void nodes.at(0).system.stopActor(goal);
  await nodes.run('0>1', '1>3');
  assert.equal(nodes.underWay(1, 3), ['tell'], 'its ref is on the way');
  assert.ok(nodes.underWay(0, 1).includes('moved'), 'and who sent it does not know that it was made');
  await nodes.run('0>1');
  assert.is(await said(nodes, home), 'ERR_ACTOR_STOPPED');
});

test('a ref that comes back from a host which died, to an actor that is gone by then, leaves nothing behind', async () => {
  const { nodes, relays } = await hosts(4);
  const reader = relays[3] as RelayRef;
  const known = nodes.known(0);
  const goal = await unbornGoal(nodes, 0, 2);
  void reader.tell('use', [goal]);
  await nodes.run('0>3');
  void nodes.at(0).system.stopActor(goal);
  await nodes.run('0>3');
  nodes.diesAndComesBack(3);
  assert.is(await said(nodes, reader), 'ERR_ACTOR_STOPPED');
  assert.equal(nodes.known(0), known);
});

test('a ref from the host of its actor leads there before its parent says where it was made again', async () => {
  const { nodes, relays } = await hosts(4);
  const [, reader, , newHome] = relays as [RelayRef, RelayRef, RelayRef, RelayRef];
  const goal = await goalAt(nodes, 2, [reader]);
  nodes.again = 3;
  nodes.diesAndComesBack(2);
  void newHome.tell('hold', [goal]);
  void newHome.tell('pass', [reader]);
  await nodes.run('0>1');
  assert.ok(nodes.underWay(0, 1).includes('moved'));
  assert.is(await said(nodes, reader), 'here');
});

test('word of a move that says nothing new costs no message, though the host dies next', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, reader] = relays as [RelayRef, RelayRef, RelayRef];
  await goalAt(nodes, 3, [teller]);
  nodes.diesAndComesBack(3);
  await nodes.settle();
  void teller.tell('pass', [reader]);
  await nodes.run('0>3');
  await nodes.run('0>2', '2>3');
  const why = 'one of the relay there; two of the goal: one is the answer, and one is for all hosts';
  assert.equal(nodes.underWay(0, 2), ['moved', 'moved', 'moved'], why);
  await nodes.deliver(0, 2, 2);
  while (!nodes.underWay(2, 3).includes('ask')) {
    /* oxlint-disable no-await-in-loop -- there and back: it is paid for by credit of that host */
    await nodes.deliver(2, 3);
    await nodes.deliver(3, 2);
    /* oxlint-enable no-await-in-loop */
  }
  await nodes.deliver(0, 2);
  nodes.diesAndComesBack(3);
  assert.is(await said(nodes, reader), 'here');
});

test('word that an actor was made is not believed of a host that has died since', async () => {
  const { nodes, relays } = await hosts(4);
  const asker = relays[2] as RelayRef;
  await goalAt(nodes, 3, [asker]);
  nodes.diesAndComesBack(3);
  void asker.tell('again');
  await nodes.run('0>3');
  await nodes.run('0>2');
  assert.equal(nodes.underWay(0, 2), ['moved', 'moved'], 'of the relay there, and of the goal');
  nodes.diesAndComesBack(3);
  await nodes.run('0>3');
  assert.ok(nodes.underWay(0, 3).includes('spawn'), 'it is away again');
  assert.is(await said(nodes, asker), 'here');
});

test('where an actor is that was named before its host died, the host of its parent is asked once, and tells', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, asker] = relays as [RelayRef, RelayRef, RelayRef];
  await goalAt(nodes, 3, [teller]);
  void teller.tell('pass', [asker]);
  await nodes.run('1>2');
  nodes.die(3);
  nodes.hears(2, 3);
  await nodes.deliver(1, 2);
  assert.equal(nodes.underWay(2, 0), ['locate']);
  await nodes.deliver(2, 0);
  assert.equal(nodes.underWay(0, 2), [], 'it has not heard of the death, and tells when it has');
  nodes.hears(0, 3);
  nodes.hears(1, 3);
  nodes.settled(3);
  nodes.comesBack(3);
  assert.is(await said(nodes, asker), 'here');
});

test('an actor that was named before its host died is found where it lives since', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, asker] = relays as [RelayRef, RelayRef, RelayRef];
  await goalAt(nodes, 3, [teller]);
  void teller.tell('pass', [asker]);
  await nodes.run('1>2');
  nodes.diesAndComesBack(3);
  await nodes.run('1>2');
  assert.is(await said(nodes, asker), 'here');
});

test('an actor that came to live with who named it is found there', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, asker] = relays as [RelayRef, RelayRef, RelayRef];
  await goalAt(nodes, 3, [teller]);
  void teller.tell('pass', [asker]);
  await nodes.run('1>2');
  nodes.again = 1;
  nodes.diesAndComesBack(3);
  await nodes.run('1>2');
  assert.is(await said(nodes, asker), 'here');
});

test('while an actor is made the main thread lets those wait whose teller died', async () => {
  const { nodes, relays } = await hosts(4);
  const [, teller, asker] = relays as [RelayRef, RelayRef, RelayRef];
  const goal = await unbornGoal(nodes, 0, 3);
  void teller.tell('hold', [goal]);
  void teller.tell('pass', [asker]);
  await nodes.run('0>3');
  nodes.diesAndComesBack(1);
  await nodes.run('0>3');
  assert.ok(nodes.underWay(0, 3).includes('spawn'), 'it is not made yet');
  assert.is(await said(nodes, asker), 'here');
});

for (const home of [0, 2]) {
  test(`a host finds out that its actor is gone though who would tell it died: host ${home}`, async () => {
    const { nodes, relays } = await hosts(4);
    const reader = relays[home] as RelayRef;
    const goal = await unbornGoal(nodes, 3, home);
    const teller = nodes.refAt(3, relays[1] as RelayRef);
    await nodes.run(`3>${home}`);
    void teller.tell('hold', [goal]);
    void teller.tell('pass', [nodes.refAt(3, reader)]);
    await nodes.run(`3>${home}`, `1>${home}`);
    await nodes.run('3>1', `1>${home}`);
    void nodes.at(3).system.stopActor(goal);
    await nodes.run('3>1', `1>${home}`);
    assert.ok(nodes.underWay(3, 1).includes('moved'), 'who passes it on has not heard that it was made');
    await nodes.deliver(1, home);
    nodes.diesAndComesBack(1);
    assert.is(await said(nodes, reader), 'ERR_ACTOR_STOPPED');
  });
}

test('an actor that was named before its host died is found though who named it died too', async () => {
  const { nodes, relays } = await hosts(5);
  const [, teller, asker, parent] = relays as [RelayRef, RelayRef, RelayRef, RelayRef];
  void parent.tell('bear', 4);
  await nodes.run();
  void parent.tell('lend', [teller]);
  await nodes.run();
  void teller.tell('pass', [asker]);
  await nodes.run('1>2');
  nodes.diesAndComesBack(4);
  await nodes.run('1>2');
  await nodes.deliver(1, 2);
  assert.equal(nodes.underWay(2, 3), ['locate']);
  nodes.diesAndComesBack(1);
  assert.is(await said(nodes, asker), 'here');
});

/** A goal that a relay on host 3 has made on another one, which has not heard of it yet. */
async function childOnTheWay(nodes: Nodes, relays: readonly RelayRef[], home: number): Promise<RelayRef> {
  const parent = relays[3] as RelayRef;
  void parent.tell('bear', home);
  await nodes.run(`3>${home}`);
  assert.equal(nodes.underWay(3, home), ['spawn']);
  return parent;
}

for (const home of [0, 4]) {
  for (const reader of [0, 2, 4]) {
    for (const made of [false, true]) {
      const of = `of host ${home} as host ${reader} sees it, ${made ? 'made' : 'not made'} by then`;
      test(`an actor whose parent's host died is gone: ${of}`, async () => {
        const { nodes, relays } = await hosts(5);
        const [to, teller] = [relays[reader] as RelayRef, relays[1] as RelayRef];
        const parent = await childOnTheWay(nodes, relays, home);
        const known = nodes.known(reader);
        void parent.tell('lend', [teller]);
        await nodes.run(`3>${home}`);
        void teller.tell('lend', [to]);
        await nodes.run(`3>${home}`);
        assert.is.not(nodes.known(reader).length, known.length, 'it waits for it');
        if (made) await nodes.deliver(3, home, 1);
        void to.tell('again');
        nodes.diesAndComesBack(3);
        assert.is(await said(nodes, to), 'ERR_ACTOR_STOPPED');
        assert.equal(nodes.known(reader), known);
      });
    }
  }
}

for (const reader of [0, 2, 4]) {
  test(`who was told of an actor by a host that died waits until it is made: host ${reader}`, async () => {
    const { nodes, relays } = await hosts(5);
    const [to, teller] = [relays[reader] as RelayRef, relays[1] as RelayRef];
    const parent = await childOnTheWay(nodes, relays, 4);
    void parent.tell('lend', [teller]);
    await nodes.run('3>4');
    void teller.tell('pass', [to]);
    await nodes.run('3>4');
    nodes.diesAndComesBack(1);
    await nodes.run('3>4');
    assert.equal(nodes.underWay(3, 4)[0], 'spawn', 'it is not made yet');
    assert.is(await said(nodes, to), 'here');
  });
}

for (const reader of [0, 2]) {
  for (const late of [false, true]) {
    const when = late ? 'after' : 'before';
    test(`who was told of an actor by a host that died waits until it is made again: host ${reader}, ${when} its own host died`, async () => {
      const { nodes, relays } = await hosts(6);
      const [to, teller] = [relays[reader] as RelayRef, relays[1] as RelayRef];
      const parent = await childOnTheWay(nodes, relays, 4);
      void parent.tell('lend', [teller]);
      await nodes.run();
      if (!late) void teller.tell('pass', [to]);
      await nodes.run(`1>${reader}`);
      nodes.again = 5;
      nodes.diesAndComesBack(4);
      await nodes.run('3>5', `1>${reader}`);
      if (late) void teller.tell('pass', [to]);
      await nodes.run('3>5', `1>${reader}`);
      assert.equal([nodes.underWay(3, 5)[0], nodes.underWay(1, reader)[0]], ['spawn', 'tell']);
      await nodes.deliver(1, reader);
      nodes.diesAndComesBack(1);
      await nodes.run('3>5');
      assert.is(await said(nodes, to), 'here');
    });
  }
}

for (const made of [false, true]) {
  test(`an actor that waits to be made again is gone when its parent's host dies, ${made ? 'made' : 'not made'} by then`, async () => {
    const { nodes, relays } = await hosts(6);
    const reader = relays[2] as RelayRef;
    const known = nodes.known(2);
    const parent = await childOnTheWay(nodes, relays, 4);
    void parent.tell('lend', [reader]);
    await nodes.run();
    nodes.again = 5;
    nodes.diesAndComesBack(4);
    void reader.tell('again');
    await nodes.run('3>5');
    assert.equal(nodes.underWay(3, 5)[0], 'spawn');
    if (made) await nodes.deliver(3, 5, 1);
    nodes.diesAndComesBack(3);
    assert.is(await said(nodes, reader), 'ERR_ACTOR_STOPPED');
    assert.equal(nodes.known(2), known);
  });
}

test('an actor that its own host has named is found where its parent has it made again', async () => {
  const { nodes, relays } = await hosts(6);
  const [, teller, reader, , home] = relays as [RelayRef, RelayRef, RelayRef, RelayRef, RelayRef];
  const parent = await childOnTheWay(nodes, relays, 4);
  void parent.tell('lend', [home]);
  await nodes.run();
  void home.tell('lend', [teller]);
  await nodes.run();
  void teller.tell('pass', [reader]);
  await nodes.run('1>2');
  nodes.again = 5;
  nodes.dies(4);
  await nodes.run('1>2');
  assert.equal(nodes.underWay(1, 2)[0], 'tell');
  assert.is(await said(nodes, reader), 'here');
});

test("who hears of an actor after its parent's host died does not wait for that host", async () => {
  const { nodes, relays } = await hosts(5);
  const [, teller, reader] = relays as [RelayRef, RelayRef, RelayRef];
  const parent = await childOnTheWay(nodes, relays, 4);
  void parent.tell('lend', [teller]);
  await nodes.run('3>4');
  void teller.tell('pass', [reader]);
  await nodes.run('3>4', '1>2');
  nodes.dies(3);
  assert.equal(nodes.underWay(1, 2)[0], 'tell');
  assert.is(await said(nodes, reader), 'ERR_ACTOR_STOPPED');
});

for (const late of [false, true]) {
  const when = late ? 'after' : 'before';
  test(`who hears of an actor whose host died, ${when} its parent's host did, waits for neither`, async () => {
    const { nodes, relays } = await hosts(5);
    const [, teller, reader] = relays as [RelayRef, RelayRef, RelayRef];
    const parent = await childOnTheWay(nodes, relays, 4);
    void parent.tell('lend', [teller]);
    await nodes.run();
    nodes.dies(4);
    await nodes.run();
    if (late) nodes.dies(3);
    void teller.tell('pass', [reader]);
    await nodes.run();
    if (!late) nodes.dies(3);
    assert.is(await said(nodes, reader), 'ERR_ACTOR_STOPPED');
  });
}

test('an actor that is to be stopped while its host is dead is stopped where it is made again', async () => {
  const { nodes, relays } = await hosts(4);
  const asker = relays[2] as RelayRef;
  const goal = await goalAt(nodes, 3, [asker]);
  nodes.die(3);
  for (const host of [0, 1, 2]) nodes.hears(host, 3);
  Ref.recipientOf(goal).requestStop(undefined);
  nodes.settled(3);
  nodes.comesBack(3);
  await nodes.run();
  void asker.tell('again');
  assert.is(await said(nodes, asker), 'ERR_ACTOR_STOPPED');
});

test('an actor that is made again on the host of its parent is found there, and ends with it', async () => {
  const { nodes, relays } = await hosts(5);
  const [, waiting, late] = relays as [RelayRef, RelayRef, RelayRef];
  const parent = await childOnTheWay(nodes, relays, 4);
  void parent.tell('lend', [waiting]);
  await nodes.run();
  nodes.again = 3;
  nodes.dies(4);
  void waiting.tell('again');
  assert.is(await said(nodes, waiting), 'here');
  void parent.tell('pass', [late]);
  assert.is(await said(nodes, late), 'here');
  const total = nodes.at(3).system.inspect().actors.length + nodes.at(3).node.inspect().length;
  void nodes.at(0).system.stopActor(parent);
  await nodes.run();
  const left = nodes.at(3).system.inspect().actors.length + nodes.at(3).node.inspect().length;
  assert.is(total - left, 2, 'it and its parent');
  for (const relay of [waiting, late]) void relay.tell('again');
  assert.is(await said(nodes, waiting), 'ERR_ACTOR_STOPPED');
  assert.is(await said(nodes, late), 'ERR_ACTOR_STOPPED');
});

test.run();
