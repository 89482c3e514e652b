/**
 * S1, S2, S4 and S6 in one thread, for any library of actors: senders that are actors themselves,
 * receivers that count and sum.
 */
import { nowMs } from '@millrace/testkit/bench';
import type { Subject, Tools } from '../../harness/system.ts';
import { busyWork } from '../../load/busy-work.ts';
import { signal } from '../../load/signal.ts';
import type { LocalTellParams } from '../../macro/s1-local-tell.ts';
import { messagesPerSender, type FanInParams, type FanInSample } from '../../macro/s2-fan-in.ts';
import type { ForkJoinParams, ForkJoinSample } from '../../macro/s4-fork-join.ts';
import { zipfCountLoad, type ZipfCountParams, type ZipfCountSample } from '../../macro/s6-zipf-count.ts';
import type { TallySample } from '../../macro/tally.ts';
import { spawnSender, type LibraryRef, type StartLibrary } from './library.ts';

interface Tally {
  received: number;
  sum: number;
}

const noTally = (): Tally => ({ received: 0, sum: 0 });

export async function startLocalTell(
  start: StartLibrary,
  { idle }: LocalTellParams,
): Promise<Subject<TallySample>> {
  const library = await start();
  for (let i = 0; i < idle; i += 1) await library.spawn(noTally(), (state) => state);
  return {
    async run(messages) {
      const tally = noTally();
      const { fired, fire } = signal();
      const receiver = await library.spawn(tally, (state, value: number) => {
        state.received += 1;
        state.sum = (state.sum + value) | 0;
        if (state.received === messages) fire();
        return state;
      });
      const sender = await spawnSender(library, messages, (value) => library.tell(receiver, value));
      const startMs = nowMs();
      library.tell(sender, 'go');
      await fired;
      return { elapsedMs: nowMs() - startMs, offered: messages, ...tally };
    },
    stop: () => library.stop(),
  };
}

export async function startFanIn(start: StartLibrary, params: FanInParams): Promise<Subject<FanInSample>> {
  const library = await start();
  const { senders } = params;
  return {
    async run(messages) {
      const each = messagesPerSender(params, messages);
      const offered = each * senders;
      const received = new Int32Array(senders);
      let receivedAtHalf = received;
      const { fired, fire } = signal();
      const tally = noTally();
      const receiver = await library.spawn(
        tally,
        (state, { sender, value }: { sender: number; value: number }) => {
          received[sender] = (received[sender] as number) + 1;
          state.sum = (state.sum + value) | 0;
          state.received += 1;
          if (state.received === Math.ceil(offered / 2)) receivedAtHalf = received.slice();
          if (state.received === offered) fire();
          return state;
        },
      );
      const all: LibraryRef[] = [];
      for (let sender = 0; sender < senders; sender += 1) {
        all.push(await spawnSender(library, each, (value) => library.tell(receiver, { sender, value })));
      }
      const startMs = nowMs();
      for (const sender of all) library.tell(sender, 'go');
      await fired;
      return { elapsedMs: nowMs() - startMs, offered, received, receivedAtHalf, sum: tally.sum };
    },
    stop: () => library.stop(),
  };
}

export async function startForkJoin(
  start: StartLibrary,
  params: ForkJoinParams,
): Promise<Subject<ForkJoinSample>> {
  const library = await start();
  return {
    async run(messages) {
      const each = Math.ceil(messages / params.actors);
      const offered = each * params.actors;
      const tallies = Array.from({ length: params.actors }, noTally);
      const { fired, fire } = signal();
      let left = params.actors;
      const receivers: LibraryRef[] = [];
      for (const tally of tallies) {
        receivers.push(
          await library.spawn(tally, (state, value: number) => {
            state.received += 1;
            state.sum = (state.sum + value) | 0;
            if (state.received === each) left -= 1;
            if (left === 0) fire();
            return state;
          }),
        );
      }
      const sender = await spawnSender(library, offered, (i) =>
        library.tell(receivers[i % params.actors], Math.floor(i / params.actors)),
      );
      const startMs = nowMs();
      library.tell(sender, 'go');
      await fired;
      return {
        elapsedMs: nowMs() - startMs,
        offered,
        received: tallies.map((tally) => tally.received),
        sums: tallies.map((tally) => tally.sum),
      };
    },
    stop: () => library.stop(),
  };
}

export async function startZipfCount(
  start: StartLibrary,
  params: ZipfCountParams,
  tools: Tools,
): Promise<Subject<ZipfCountSample>> {
  const library = await start();
  const { streams } = zipfCountLoad(params);
  const workSteps = Math.round(params.workUs * tools.stepsPerUs);
  const tallies = Array.from({ length: params.keys }, noTally);
  let handled = 0;
  let expected = 0;
  let sink = 0;
  let whenAll = (): void => {};
  const actors: LibraryRef[] = [];
  for (const tally of tallies) {
    actors.push(
      await library.spawn(tally, (state, value: number) => {
        state.received += 1;
        state.sum = (state.sum + value) | 0;
        if (workSteps > 0) sink ^= busyWork(workSteps, value);
        handled += 1;
        if (handled === expected) whenAll();
        return state;
      }),
    );
  }
  return {
    async run(messages) {
      const each = Math.ceil(messages / params.workers);
      const { fired, fire } = signal();
      for (const tally of tallies) Object.assign(tally, noTally());
      handled = 0;
      expected = each * params.workers;
      whenAll = fire;
      const producers: LibraryRef[] = [];
      for (const stream of streams) {
        const mask = stream.length - 1;
        producers.push(
          await spawnSender(library, each, (i) => library.tell(actors[stream[i & mask] as number], i)),
        );
      }
      const startMs = nowMs();
      for (const producer of producers) library.tell(producer, 'go');
      await fired;
      if (sink === 0.5) throw new Error('work was left out');
      return {
        elapsedMs: nowMs() - startMs,
        offered: expected,
        counts: tallies.map((tally) => tally.received),
        sums: tallies.map((tally) => tally.sum),
      };
    },
    stop: () => library.stop(),
  };
}
