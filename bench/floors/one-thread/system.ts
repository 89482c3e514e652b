/**
 * The yardstick of one core: a bare dispatcher on one thread, given the same load and the same work. Its rate times what the
 * skew lets W cores do is the ceiling of the many-core cells.
 */
import { LatencyRecorder, nowMs } from '@millrace/testkit/bench';
import { runs, type Subject, type System } from '../../harness/system.ts';
import { busyWork } from '../../load/busy-work.ts';
import { liveBytes } from '../../load/memory.ts';
import { cell as localTell, type LocalTellParams } from '../../macro/s1-local-tell.ts';
import {
  cell as fanIn,
  messagesPerSender,
  type FanInParams,
  type FanInSample,
} from '../../macro/s2-fan-in.ts';
import {
  cell as pingPong,
  TIMED_TOGETHER_SAME_THREAD,
  type PingPongParams,
  type PingPongSample,
} from '../../macro/s3-ping-pong.ts';
import { cell as forkJoin, type ForkJoinParams, type ForkJoinSample } from '../../macro/s4-fork-join.ts';
import { bigLoad, cell as big, type BigParams, type BigSample } from '../../macro/s5-big.ts';
import {
  cell as zipfCount,
  zipfCountLoad,
  type ZipfCountParams,
  type ZipfCountSample,
} from '../../macro/s6-zipf-count.ts';
import { cell as footprint, type FootprintParams, type FootprintSample } from '../../macro/s16-footprint.ts';
import type { TallySample } from '../../macro/tally.ts';
import { Actor, Dispatcher, type Behaviour } from './dispatcher.ts';

interface Tally {
  received: number;
  sum: number;
}

const add: Behaviour<Tally, number> = (state, value) => {
  state.received += 1;
  state.sum = (state.sum + value) | 0;
};

const ONE_THREAD = 'one thread: there is no other to send to';

/** Sends of one producer before the actors get a turn. */
const SLICE_MESSAGES = 256;

export const systems: readonly System[] = [
  {
    name: 'floor:one-thread',
    kind: 'floor',
    version: () => Promise.resolve({ installed: process.version }),
    covers: [
      runs(localTell, startLocalTell),
      runs(fanIn, startFanIn, ({ placement }) => (placement === 'other' ? ONE_THREAD : undefined)),
      runs(pingPong, startPingPong, ({ placement }) => (placement === 'other' ? ONE_THREAD : undefined)),
      runs(forkJoin, startForkJoin, ({ placement }) => (placement === 'other' ? ONE_THREAD : undefined)),
      runs(big, startBig),
      runs(zipfCount, startZipfCount),
      runs(footprint, startFootprint),
    ],
  },
];

function subject<S extends { elapsedMs: number; offered: number }>(
  run: (messages: number) => S,
): Promise<Subject<S>> {
  return Promise.resolve({
    run: (messages) => Promise.resolve(run(messages)),
    stop: () => Promise.resolve(),
  });
}

function startLocalTell({ capacity, idle }: LocalTellParams): Promise<Subject<TallySample>> {
  const idlers = Array.from({ length: idle }, () => new Actor({ received: 0, sum: 0 }, add, capacity));
  return subject((messages) => {
    const dispatcher = new Dispatcher();
    const receiver = new Actor({ received: 0, sum: 0 }, add, capacity);
    const startMs = nowMs();
    for (let i = 0; i < messages; i += 1) {
      while (!dispatcher.tell(receiver, i)) dispatcher.drain();
    }
    dispatcher.drain();
    const elapsedMs = nowMs() - startMs;
    if (idlers.some((idler) => idler.state.received > 0)) throw new Error('an idle actor was not idle');
    return { elapsedMs, offered: messages, ...receiver.state };
  });
}

interface FanInState {
  readonly received: Int32Array;
  atHalf: Int32Array | undefined;
  readonly half: number;
  total: number;
  sum: number;
}

interface FanInMessage {
  readonly sender: number;
  readonly value: number;
}

const takeFromSender: Behaviour<FanInState, FanInMessage> = (state, { sender, value }) => {
  state.received[sender] = (state.received[sender] as number) + 1;
  state.sum = (state.sum + value) | 0;
  state.total += 1;
  if (state.total === state.half) state.atHalf = state.received.slice();
};

function startFanIn(params: FanInParams): Promise<Subject<FanInSample>> {
  const { senders, capacity } = params;
  return subject((messages) => {
    const each = messagesPerSender(params, messages);
    const offered = each * senders;
    const dispatcher = new Dispatcher();
    const receiver = new Actor<FanInState, FanInMessage>(
      {
        received: new Int32Array(senders),
        atHalf: undefined,
        half: Math.ceil(offered / 2),
        total: 0,
        sum: 0,
      },
      takeFromSender,
      capacity,
    );
    const startMs = nowMs();
    for (let value = 0; value < each; value += 1) {
      for (let sender = 0; sender < senders; sender += 1) {
        while (!dispatcher.tell(receiver, { sender, value })) dispatcher.drain();
      }
    }
    dispatcher.drain();
    const { received, atHalf, sum } = receiver.state;
    return { elapsedMs: nowMs() - startMs, offered, received, receivedAtHalf: atHalf ?? received, sum };
  });
}

interface Player {
  next: Actor<Player, number> | undefined;
  counted: number;
}

function startPingPong({ actors }: PingPongParams): Promise<Subject<PingPongSample>> {
  return subject((messages) => {
    const dispatcher = new Dispatcher();
    const laps = Math.ceil(messages / (actors * TIMED_TOGETHER_SAME_THREAD));
    const hopsPerTiming = actors * TIMED_TOGETHER_SAME_THREAD;
    let limit = 0;
    let last = 0;
    const pass: Behaviour<Player, number> = (state, token, current) => {
      state.counted += 1;
      last = token + 1;
      if (last < limit) current.tell(state.next as Actor<Player, number>, last);
    };
    const players = Array.from(
      { length: actors },
      () => new Actor<Player, number>({ next: undefined, counted: 0 }, pass, 8),
    );
    for (const [i, player] of players.entries()) player.state.next = players[(i + 1) % actors];
    const latency = new LatencyRecorder();
    const startMs = nowMs();
    for (let lap = 0; lap < laps; lap += 1) {
      const lapStartMs = nowMs();
      limit += hopsPerTiming;
      dispatcher.tell(players[0] as Actor<Player, number>, last);
      dispatcher.drain();
      latency.record((nowMs() - lapStartMs) / TIMED_TOGETHER_SAME_THREAD / (actors > 2 ? actors : 1));
    }
    const counted = players.reduce((sum, player) => sum + player.state.counted, 0);
    return {
      elapsedMs: nowMs() - startMs,
      offered: laps * hopsPerTiming,
      token: last,
      counted,
      latency: latency.summary(),
    };
  });
}

function startForkJoin({ actors, capacity }: ForkJoinParams): Promise<Subject<ForkJoinSample>> {
  return subject((messages) => {
    const dispatcher = new Dispatcher();
    const receivers = Array.from({ length: actors }, () => new Actor({ received: 0, sum: 0 }, add, capacity));
    const each = Math.ceil(messages / actors);
    const startMs = nowMs();
    for (let value = 0; value < each; value += 1) {
      for (const receiver of receivers) while (!dispatcher.tell(receiver, value)) dispatcher.drain();
    }
    dispatcher.drain();
    return {
      elapsedMs: nowMs() - startMs,
      offered: each * actors,
      received: receivers.map((receiver) => receiver.state.received),
      sums: receivers.map((receiver) => receiver.state.sum),
    };
  });
}

interface Talker {
  readonly self: number;
  sent: number;
  pings: number;
  pongs: number;
}

/** A ping says whom to answer; a pong says nothing. */
const PONG = -1;

function startBig(params: BigParams): Promise<Subject<BigSample>> {
  const { actors, capacity } = params;
  const { streams } = bigLoad(params);
  return subject((messages) => {
    const each = Math.ceil(messages / actors);
    const dispatcher = new Dispatcher();
    const send = (to: number, message: number): void => {
      if (!dispatcher.tell(all[to] as Actor<Talker, number>, message))
        throw new Error('a pinger waits for each');
    };
    const ping = (state: Talker): void => {
      if (state.sent === each) return;
      const stream = streams[state.self] as Int32Array;
      const to = stream[state.sent & (stream.length - 1)] as number;
      state.sent += 1;
      send(to, state.self);
    };
    const talk: Behaviour<Talker, number> = (state, message) => {
      if (message === PONG) {
        state.pongs += 1;
        ping(state);
      } else {
        state.pings += 1;
        send(message, PONG);
      }
    };
    const all = Array.from(
      { length: actors },
      (_, self) => new Actor<Talker, number>({ self, sent: 0, pings: 0, pongs: 0 }, talk, capacity),
    );
    const startMs = nowMs();
    for (const actor of all) ping(actor.state);
    dispatcher.drain();
    return {
      elapsedMs: nowMs() - startMs,
      offered: each * actors,
      pings: all.map(({ state }) => state.pings),
      pongs: all.map(({ state }) => state.pongs),
    };
  });
}

function startZipfCount(
  params: ZipfCountParams,
  tools: { stepsPerUs: number },
): Promise<Subject<ZipfCountSample>> {
  const { streams } = zipfCountLoad(params);
  const steps = Math.round(params.workUs * tools.stepsPerUs);
  let sink = 0;
  const work: Behaviour<Tally, number> = (state, value) => {
    state.received += 1;
    state.sum = (state.sum + value) | 0;
    if (steps > 0) sink ^= busyWork(steps, value);
  };
  return subject((messages) => {
    const dispatcher = new Dispatcher();
    const actors = Array.from(
      { length: params.keys },
      () => new Actor({ received: 0, sum: 0 }, work, params.capacity),
    );
    const each = Math.ceil(messages / params.workers);
    const startMs = nowMs();
    for (let sent = 0; sent < each; ) {
      const end = Math.min(each, sent + SLICE_MESSAGES);
      for (const stream of streams) {
        const mask = stream.length - 1;
        for (let i = sent; i < end; i += 1) {
          const actor = actors[stream[i & mask] as number] as (typeof actors)[number];
          while (!dispatcher.tell(actor, i)) dispatcher.drain();
        }
        dispatcher.drain();
      }
      sent = end;
    }
    const elapsedMs = nowMs() - startMs;
    if (sink === 0.5) throw new Error('work was left out');
    return {
      elapsedMs,
      offered: each * params.workers,
      counts: actors.map((actor) => actor.state.received),
      sums: actors.map((actor) => actor.state.sum),
    };
  });
}

function startFootprint({ actors }: FootprintParams): Promise<Subject<FootprintSample>> {
  return subject(() => {
    const dispatcher = new Dispatcher();
    const before = liveBytes();
    const startMs = nowMs();
    const all = Array.from({ length: actors }, () => new Actor({ received: 0, sum: 0 }, add, 1_024));
    const spawnMs = nowMs() - startMs;
    const bytesPerActor = (liveBytes() - before) / actors;
    for (const [i, actor] of all.entries()) dispatcher.tell(actor, i);
    dispatcher.drain();
    const received = all.reduce((sum, actor) => sum + actor.state.received, 0);
    const sum = all.reduce((total, actor) => (total + actor.state.sum) | 0, 0);
    return { elapsedMs: spawnMs, offered: actors, spawnMs, bytesPerActor, received, sum };
  });
}
