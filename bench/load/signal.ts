/**
 * A promise that is settled from elsewhere: how the end of a pass reaches the code that times it.
 */

/** A promise and the function that fulfils it. */
export interface Signal {
  readonly fired: Promise<void>;
  readonly fire: () => void;
}

export function signal(): Signal {
  let fire = (): void => {};
  const fired = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { fired, fire: () => fire() };
}
