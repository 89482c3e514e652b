/** Tests of the wait graph: real cycles are found and resolved, phantoms are not, whatever order messages come in. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { WAIT_EDGE_CHASE_AFTER_MS } from '../limits.ts';
import { type Wait, WaitGraph, type WaitKind, type WaitProbe, type WaitStep } from './wait-graph.ts';

/** Three hosts whose probes lie in a bag until they are delivered, in an order that a seed chooses. */
class Net {
  readonly graphs: WaitGraph[] = [];
  readonly bag: { to: number; probe: WaitProbe }[] = [];
  readonly overdrafts: Wait[] = [];
  readonly failures: { wait: Wait; path: readonly WaitStep[] }[] = [];
  readonly history = new Map<string, { from: number; to: number; begun: number; ended: number }>();
  step = 0;
  nowMs = 1_000;
  #state: number;

  constructor(seed = 1, hosts = 3) {
    this.#state = seed;
    for (let self = 0; self < hosts; self += 1) {
      this.graphs.push(
        new WaitGraph({
          self,
          incarnation: 1,
          hostOf: (actor) => actor % hosts,
          post: (to, probe) => this.bag.push({ to, probe }),
          overdraft: (wait) => this.overdrafts.push(wait),
          fail: (wait, path) => this.failures.push({ wait, path }),
        }),
      );
    }
  }

  random(n: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (this.#state >>> 8) % n;
  }

  begin(from: number, to: number, kind: WaitKind = 'send'): Wait {
    const wait = this.#graphOf(from).begin(from, to, kind, this.nowMs);
    this.history.set(`${wait.host}:${wait.version}`, { from, to, begun: this.step, ended: Infinity });
    return wait;
  }

  end(wait: Wait): void {
    this.#graphOf(wait.from).end(wait);
    const record = this.history.get(`${wait.host}:${wait.version}`);
    if (record !== undefined && record.ended === Infinity) record.ended = this.step;
  }

  tick(byMs = WAIT_EDGE_CHASE_AFTER_MS): void {
    this.nowMs += byMs;
    for (const graph of this.graphs) graph.tick(this.nowMs);
  }

  deliverOne(): void {
    const at = this.random(this.bag.length);
    const [message] = this.bag.splice(at, 1);
    if (message !== undefined) this.graphs[message.to]?.receive(message.probe);
  }

  deliverAll(): void {
    while (this.bag.length > 0) this.deliverOne();
  }

  #graphOf(actor: number): WaitGraph {
    return this.graphs[actor % this.graphs.length] as WaitGraph;
  }
}

test('a cycle over three hosts is relieved by one slot, then its youngest wait fails with the path', () => {
  const net = new Net();
  net.begin(0, 1);
  net.nowMs += 5;
  net.begin(1, 2);
  net.nowMs += 5;
  const youngest = net.begin(2, 0);
  net.tick();
  net.deliverAll();
  assert.equal(net.overdrafts, [youngest]);
  assert.equal(net.failures, []);
  net.tick(1_000);
  net.deliverAll();
  assert.is(net.failures.length, 1);
  assert.is(net.failures[0]?.wait, youngest);
  assert.equal(
    net.failures[0]?.path.map((step) => [step.from, step.to]),
    [
      [2, 0],
      [0, 1],
      [1, 2],
    ],
  );
});

test('a cycle on one host needs no messages', () => {
  const net = new Net();
  net.begin(0, 3);
  net.begin(3, 0);
  net.tick();
  assert.is(net.overdrafts.length, 1);
  assert.is(net.bag.length, 0);
});

test('an actor that waits for itself is a cycle', () => {
  const net = new Net();
  const wait = net.begin(1, 1);
  net.tick();
  assert.equal(net.overdrafts, [wait]);
});

test('a chain that does not close, and a wait that is young, are left alone', () => {
  const net = new Net();
  for (let actor = 0; actor < 9; actor += 1) net.begin(actor, actor + 1);
  net.tick();
  net.deliverAll();
  net.begin(9, 0);
  net.tick(WAIT_EDGE_CHASE_AFTER_MS - 1);
  net.deliverAll();
  assert.is(net.overdrafts.length, 0);
});

test('where the youngest wait is an ask, a parked send of the cycle is relieved before the ask fails', () => {
  const net = new Net();
  const send = net.begin(0, 1);
  net.nowMs += 1;
  const ask = net.begin(1, 0, 'ask');
  net.tick();
  net.deliverAll();
  assert.equal(net.overdrafts, [send]);
  net.tick(1_000);
  net.deliverAll();
  assert.is(net.failures[0]?.wait, ask);
});

test('a cycle that opens between the two readings is no cycle', () => {
  const net = new Net();
  const older = net.begin(0, 1);
  net.nowMs += 1;
  const younger = net.begin(1, 0);
  net.graphs[1]?.tick(younger.sinceMs + WAIT_EDGE_CHASE_AFTER_MS);
  // The probe reaches host 0, which adds the older wait to its path and sends it back.
  net.deliverOne();
  assert.is(net.bag[0]?.probe.path.length, 2);
  // It ends, and a like one begins, before the second reading.
  net.end(older);
  net.begin(0, 1);
  net.deliverAll();
  assert.is(net.overdrafts.length, 0);
});

test('a long ring of waits is found', () => {
  const net = new Net();
  for (let actor = 0; actor < 300; actor += 1) net.begin(actor, (actor + 1) % 300);
  for (let i = 0; i < 8; i += 1) {
    net.tick();
    net.deliverAll();
  }
  assert.is(net.overdrafts.length, 1);
});

test('under any order of events each victim was on a cycle that stood at one moment, and no cycle stays', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const net = new Net(seed);
    const actors = 6;
    const live: Wait[] = [];
    const settle = (wait: Wait): void => {
      net.end(wait);
      const at = live.indexOf(wait);
      if (at !== -1) live.splice(at, 1);
    };
    const judge = (): void => {
      for (const { wait, path } of net.failures.splice(0)) {
        let begun = 0;
        let ended = Infinity;
        for (const [i, step] of path.entries()) {
          const record = net.history.get(`${step.host}:${step.version}`);
          assert.is(step.to, path[(i + 1) % path.length]?.from, `seed=${seed}: the path is a cycle`);
          begun = Math.max(begun, record?.begun ?? Infinity);
          ended = Math.min(ended, record?.ended ?? 0);
        }
        assert.ok(begun < ended, `seed=${seed}: the cycle stood at one moment`);
        settle(wait);
      }
      net.overdrafts.length = 0;
    };
    for (; net.step < 200; net.step += 1) {
      const dice = net.random(10);
      const from = net.random(actors);
      if (dice < 3 && live.filter((wait) => wait.from === from).length < 2) {
        live.push(net.begin(from, net.random(actors), net.random(4) === 0 ? 'ask' : 'send'));
      } else if (dice < 5 && live.length > 0) settle(live[net.random(live.length)] as Wait);
      else if (dice === 5) net.tick(net.random(40));
      else if (net.bag.length > 0) net.deliverOne();
      judge();
    }
    for (let rounds = 0; rounds < 40; rounds += 1) {
      net.tick(1_000);
      net.deliverAll();
      judge();
    }
    assert.not.ok(hasCycle(live, actors), `seed=${seed}: a cycle was left standing`);
  }
});

function hasCycle(waits: readonly Wait[], actors: number): boolean {
  const reach = (from: number, goal: number, seen: Set<number>): boolean =>
    waits.some((wait) => {
      if (wait.from !== from) return false;
      if (wait.to === goal) return true;
      if (seen.has(wait.to)) return false;
      return reach(wait.to, goal, seen.add(wait.to));
    });
  for (let actor = 0; actor < actors; actor += 1) if (reach(actor, actor, new Set())) return true;
  return false;
}

test.run();
