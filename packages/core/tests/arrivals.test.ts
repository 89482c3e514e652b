/** Tests of messages that come from other hosts many at a time: each is paid for, or lost, or nobody's by itself. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { defineActor } from '../src/actor/definition.ts';
import { type Ledger, LedgerTotal } from '../src/actor/ledger.ts';
import type { ActorRef } from '../src/ref.ts';
import { LOST_PAYLOAD, Nodes } from './support/nodes.ts';

const CAPACITY_MESSAGES = 8;

const Keeper = defineActor({
  name: 'keeper',
  init: (): unknown[] => [],
  mailbox: { capacity: CAPACITY_MESSAGES },
  handlers: {
    keep(kept, message: number | null) {
      kept.push(message);
    },
    keepOther(kept, message: number) {
      kept.push(-message);
    },
    kept: (kept) => [...kept],
  },
});

/** A keeper on the second host to which the first has credit. */
async function keeperAcross(): Promise<{ nodes: Nodes; keeper: ActorRef<typeof Keeper> }> {
  const nodes = new Nodes(2, [Keeper]);
  const keeper = await nodes.spawn(Keeper, 1);
  for (let i = 0; i < 4 * CAPACITY_MESSAGES; i += 1) void keeper.tell('keep', 0);
  await nodes.run();
  return { nodes, keeper };
}

async function keptBy(nodes: Nodes, keeper: ActorRef<typeof Keeper>): Promise<unknown> {
  const asked = keeper.ask('kept', undefined);
  await nodes.run();
  return (await asked).slice(4 * CAPACITY_MESSAGES);
}

function ledgerAt(nodes: Nodes, host: number): Ledger {
  const { system, node } = nodes.at(host);
  const total = new LedgerTotal().add(system.ledger());
  node.addTo(total);
  return total;
}

test('of a run of messages so many are admitted as were paid for, and the rest is nobody’s', async () => {
  const { nodes, keeper } = await keeperAcross();
  void keeper.tell('keep', 1);
  void keeper.tell('keep', 2);
  nodes.forge(0, 1, 100);
  const tells = nodes.underWay(0, 1).filter((kind) => kind === 'tell').length;
  const before = ledgerAt(nodes, 1).accepted;
  await nodes.deliver(0, 1);
  const accepted = ledgerAt(nodes, 1).accepted - before;
  assert.ok(accepted >= 1 && accepted <= CAPACITY_MESSAGES, `accepted ${accepted}`);
  assert.is(nodes.at(1).node.strayRows, tells - accepted);
  assert.is(ledgerAt(nodes, 1).handled, before + accepted);
});

test('a payload that is lost in the middle of a run is a dead letter, and its slot comes back', async () => {
  const { nodes, keeper } = await keeperAcross();
  const before = ledgerAt(nodes, 1);
  for (let round = 0; round < CAPACITY_MESSAGES; round += 1) {
    void keeper.tell('keep', 1);
    void keeper.tell('keep', LOST_PAYLOAD);
    void keeper.tell('keep', 2);
    void keeper.tell('keepOther', 3);
    void keeper.tell('keep', 4);
  }
  await nodes.run();
  const { accepted, handled, deadLettered } = ledgerAt(nodes, 1);
  assert.equal(
    [accepted - before.accepted, handled - before.handled, deadLettered - before.deadLettered],
    [5 * CAPACITY_MESSAGES, 4 * CAPACITY_MESSAGES, CAPACITY_MESSAGES],
  );
  assert.equal(
    await keptBy(nodes, keeper),
    Array.from({ length: CAPACITY_MESSAGES }, () => [1, 2, -3, 4]).flat(),
  );
  assert.is(nodes.at(1).node.strayRows, 0);
});

test.run();
