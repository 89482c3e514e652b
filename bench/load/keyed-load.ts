/**
 * The keyed load that every system under comparison is given: which producer sends which key when, and
 * what each key must have received in the end. The draws are made before the clock starts and repeat
 * after the length of a stream, so drawing costs no system anything and the expectation is exact.
 */
import { keysByHeat, skewedKeys, Zipf } from '@millrace/testkit/bench';

/** Draws of one producer before they repeat, unless told otherwise. */
export const STREAM_LENGTH_DRAWS: number = 2 ** 18;

const SEED = 20_231;

/** What one key received: how many messages, and the sum of their values modulo 2³². */
export interface KeyTallies {
  readonly counts: Int32Array;
  readonly sums: Int32Array;
}

/** The streams of keys in shared memory, one per producer, and their distribution. */
export interface KeyedLoad {
  readonly zipf: Zipf;
  /**
   * `streams[p][i & (streams[p].length - 1)]` is the key of message i of producer p; its value is i.
   * Lengths are powers of two, so that wrapping is a mask.
   */
  readonly streams: readonly Int32Array[];
}

/** The same load for the same numbers, in whatever process it is made. */
export function keyedLoad(options: {
  keys: number;
  theta: number;
  producers: number;
  draws?: number;
}): KeyedLoad {
  const { producers, ...stream } = options;
  return {
    zipf: new Zipf(options.keys, options.theta),
    streams: Array.from({ length: producers }, (_, producer) => keyStream({ ...stream, producer })),
  };
}

/** The stream of one producer alone, for a thread that needs no other. */
export function keyStream(options: {
  keys: number;
  theta: number;
  producer: number;
  draws?: number;
}): Int32Array {
  const { keys, theta, producer, draws = STREAM_LENGTH_DRAWS } = options;
  return skewedKeys({ keys, theta, seed: SEED, stream: producer, draws });
}

/** The keys of the first ranks, hottest first. */
export function hottestKeys(keys: number, count: number): Int32Array {
  return keysByHeat(keys, SEED).slice(0, count);
}

/** What each key has received once every producer has sent its first `messagesPerProducer` messages. */
export function expectedTallies(load: KeyedLoad, messagesPerProducer: number): KeyTallies {
  const tallies = { counts: new Int32Array(load.zipf.ranks), sums: new Int32Array(load.zipf.ranks) };
  for (const stream of load.streams) {
    const mask = stream.length - 1;
    for (let i = 0; i < messagesPerProducer; i += 1) {
      const key = stream[i & mask] as number;
      tallies.counts[key] = (tallies.counts[key] as number) + 1;
      tallies.sums[key] = ((tallies.sums[key] as number) + i) | 0;
    }
  }
  return tallies;
}
