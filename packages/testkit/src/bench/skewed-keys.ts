/**
 * A stream of keys of which few are hot: drawn before the clock starts, so that drawing costs the measured system
 * nothing and the same seed sends the same keys. Owns how ranks become keys.
 */
import { checkOptions, integer, number, optionError } from '@millrace/core/remote';
import { KEYS_MAX, STREAM_DEFAULT_DRAWS, STREAM_MAX_DRAWS, THETA_MAX } from './limits.ts';
import { seededPermutation, seededRandom } from './seeded-random.ts';
import { Zipf } from './zipf.ts';

/** Which keys, how skewed, and which of the streams of a seed. */
export interface SkewedKeysOptions {
  /** Keys 0 … keys − 1, from 1 to 10,000,000. */
  readonly keys: number;
  /** From 0 (all alike) to 10. Real loads lie around 1, where the hottest of 10,000 keys gets a tenth of all. */
  readonly theta: number;
  /** Decides which keys are hot and what is drawn: a whole number from 0 to 2³¹ − 1. Default 1. */
  readonly seed?: number;
  /** One of several streams with the same hot keys, for several senders; from 0 to 65,535. Default 0. */
  readonly stream?: number;
  /** Length, a power of two from 1 to 2²⁴. Default 65,536. */
  readonly draws?: number;
}

const STREAMS_MAX = 65_536;

/**
 * Keys from the exact finite Zipf distribution, in shared memory. The length is a power of two, so
 * `stream[i & (stream.length - 1)]` is the key of message i, however many there are.
 *
 * @throws ERR_OPTION_INVALID, ERR_OPTION_UNKNOWN
 */
export function skewedKeys(options: SkewedKeysOptions): Int32Array {
  checkOptions('skewedKeys', options, {
    keys: integer(1, KEYS_MAX),
    theta: number(0, THETA_MAX),
    seed: integer(0, 2 ** 31 - 1),
    stream: integer(0, STREAMS_MAX - 1),
    draws: integer(1, STREAM_MAX_DRAWS),
  });
  const { keys, theta, seed = 1, stream = 0, draws = STREAM_DEFAULT_DRAWS } = options;
  if ((draws & (draws - 1)) !== 0) throw optionError('skewedKeys.draws', draws, 'a power of two');
  const zipf = new Zipf(keys, theta);
  const keyOfRank = keysByHeat(keys, seed);
  // Neighbouring streams start far apart: an odd step visits every 32-bit seed once.
  const random = seededRandom(Math.imul(seed + 1, 0x9e37_79b1) + stream);
  const drawn = new Int32Array(new SharedArrayBuffer(draws * Int32Array.BYTES_PER_ELEMENT));
  for (let i = 0; i < draws; i += 1) drawn[i] = keyOfRank[zipf.rankAt(random()) - 1] as number;
  return drawn;
}

/** The keys of a seed, hottest first: ranks are scattered over keys, else the hot ones would be neighbours. */
export function keysByHeat(keys: number, seed = 1): Int32Array {
  return seededPermutation(keys, seed);
}
