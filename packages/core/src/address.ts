/**
 * Names of actors. An address is a path of names, which reads like a file path and may be used again
 * after an actor stopped, and an id, which no other actor of the system ever gets. Owns nothing.
 */

/** Where an actor lives in the tree, and which one it is. */
export interface Address {
  /** Names from the root, such as `/user/accounts/alice`; `/user/$keyed/account/alice` for an actor by key. */
  readonly path: string;
  /** Unique in the system and never used again; tells two actors that had the same path apart. */
  readonly id: number;
}

/** The name of the root of each host's tree. */
export const ROOT_NAME = 'user';

/** The name of the actor, below the root, under which actors by key live. */
export const KEYED_ROOT_NAME = '$keyed';

/** Writes an address as `/user/accounts/alice#17`. */
export function formatAddress(address: Address): string {
  return `${address.path}#${address.id}`;
}

/** What a name may look like: it must survive in a path and in a log line. */
export const NAME_PATTERN: RegExp = /^[A-Za-z0-9_$.@:-]{1,128}$/;

/** A name that an application may give. What begins with `$` belongs to the runtime, so that the two never clash. */
export const GIVEN_NAME_PATTERN: RegExp = /^[A-Za-z0-9_.@:-][A-Za-z0-9_$.@:-]{0,127}$/;
