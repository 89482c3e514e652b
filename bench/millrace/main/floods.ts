/**
 * S1, S2 and S4 of Millrace on one thread. Owns the passes: actors are spawned and stopped outside the clock, and
 * the system's own ledger must add up after each pass, beside the checksum of the cell.
 */
import { createSystem, defineActor, formatLedger, ledgerProblems, type System } from '@millrace/core';
import type { Subject } from '../../harness/system.ts';
import { nowMs } from '../../load/clock.ts';
import type { LocalTellParams } from '../../macro/s1-local-tell.ts';
import { messagesPerSender, type FanInParams, type FanInSample } from '../../macro/s2-fan-in.ts';
import type { ForkJoinParams, ForkJoinSample } from '../../macro/s4-fork-join.ts';
import type { TallySample } from '../../macro/tally.ts';
import { signal } from '../../load/signal.ts';
import { receiver, Sender, sendOrPark, type Tally } from './actors.ts';
import { benchPorts } from './ports.ts';

export async function startLocalTell({ capacity, idle }: LocalTellParams): Promise<Subject<TallySample>> {
  const Receiver = receiver(capacity);
  const system = createSystem(benchPorts());
  const idler: Tally = { received: 0, sum: 0, expected: Number.POSITIVE_INFINITY, whenAll: () => {} };
  for (let i = 0; i < idle; i += 1) await system.spawn(Receiver, { args: idler });
  return onSystem(async (_, messages) => {
    const { fired, fire } = signal();
    const tally: Tally = { received: 0, sum: 0, expected: messages, whenAll: fire };
    const target = await system.spawn(Receiver, { args: tally });
    const send = (value: number): boolean => sendOrPark(target, value);
    const sender = await system.spawn(Sender, { args: { count: messages, send } });
    const startMs = nowMs();
    void sender.tell('go', undefined);
    await fired;
    const elapsedMs = nowMs() - startMs;
    await Promise.all([system.stopActor(sender), system.stopActor(target)]);
    return { elapsedMs, offered: messages, received: tally.received, sum: tally.sum };
  }, system);
}

export function startFanIn(params: FanInParams): Promise<Subject<FanInSample>> {
  const { senders, capacity } = params;
  return onSystem(async (system, messages) => {
    const each = messagesPerSender(params, messages);
    const offered = each * senders;
    const received = new Int32Array(senders);
    const { fired, fire } = signal();
    const seen = { total: 0, sum: 0, receivedAtHalf: received };
    const Receiver = defineActor({
      name: 'receiver',
      mailbox: { capacity },
      init: () => seen,
      handlers: {
        add(state, { sender, value }: { readonly sender: number; readonly value: number }) {
          received[sender] = (received[sender] as number) + 1;
          state.sum = (state.sum + value) | 0;
          state.total += 1;
          if (state.total === Math.ceil(offered / 2)) state.receivedAtHalf = received.slice();
          if (state.total === offered) fire();
        },
      },
    });
    const target = await system.spawn(Receiver);
    const all = await Promise.all(
      Array.from({ length: senders }, (_, sender) =>
        system.spawn(Sender, {
          args: {
            count: each,
            send: (value) => {
              const message = { sender, value };
              if (target.tryTell('add', message) === 'sent') return true;
              void target.tell('add', message);
              return false;
            },
          },
        }),
      ),
    );
    const startMs = nowMs();
    for (const sender of all) void sender.tell('go', undefined);
    await fired;
    const elapsedMs = nowMs() - startMs;
    await Promise.all([target, ...all].map((ref) => system.stopActor(ref)));
    return { elapsedMs, offered, received, receivedAtHalf: seen.receivedAtHalf, sum: seen.sum };
  });
}

export function startForkJoin({ actors, capacity }: ForkJoinParams): Promise<Subject<ForkJoinSample>> {
  const Receiver = receiver(capacity);
  return onSystem(async (system, messages) => {
    const each = Math.ceil(messages / actors);
    const { fired, fire } = signal();
    let left = actors;
    const whenAll = (): void => {
      left -= 1;
      if (left === 0) fire();
    };
    const tallies = Array.from(
      { length: actors },
      (): Tally => ({ received: 0, sum: 0, expected: each, whenAll }),
    );
    const targets = await Promise.all(tallies.map((tally) => system.spawn(Receiver, { args: tally })));
    const send = (i: number): boolean =>
      sendOrPark(targets[i % actors] as (typeof targets)[number], Math.floor(i / actors));
    const sender = await system.spawn(Sender, { args: { count: each * actors, send } });
    const startMs = nowMs();
    void sender.tell('go', undefined);
    await fired;
    const elapsedMs = nowMs() - startMs;
    await Promise.all([sender, ...targets].map((ref) => system.stopActor(ref)));
    return {
      elapsedMs,
      offered: each * actors,
      received: tallies.map((tally) => tally.received),
      sums: tallies.map((tally) => tally.sum),
    };
  });
}

/** A subject whose passes share one system; the system's own ledger must add up as well. */
export function onSystem<S extends { elapsedMs: number; offered: number }>(
  pass: (system: System, messages: number) => Promise<S>,
  system: System = createSystem(benchPorts()),
): Promise<Subject<S>> {
  return Promise.resolve({
    async run(messages) {
      const sample = await pass(system, messages);
      const ledger = system.ledger();
      const problems = ledgerProblems(ledger);
      if (problems.length > 0 || system.deadLetters > 0) {
        throw new Error(`the ledger does not add up: ${problems.join('; ')}\n${formatLedger(ledger)}`);
      }
      return sample;
    },
    stop: async () => {
      await system.stop();
    },
  });
}
