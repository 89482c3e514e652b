/**
 * What names a keyed actor in the whole system. Owns which texts are keys, and the one text that stands for a
 * definition and a key together; holds that no two actors share it. Used by every part of the keyed layer.
 */
import { KEYED_ROOT_NAME, ROOT_NAME } from '../address.ts';
import type { ErasedDefinition } from '../actor/definition.ts';
import { KEY_MAX_CHARS } from '../limits.ts';

/** A definition and a key. */
export interface ActorKey {
  readonly definition: ErasedDefinition;
  readonly key: string;
  /** Both in one text, under which tables have the actor. */
  readonly name: string;
}

/** The name of a definition's actor with a key. */
export function actorKey(definition: ErasedDefinition, key: string): ActorKey {
  return { definition, key, name: keyedName(definition.name, key) };
}

/** Both in one text: a definition's name holds no slash. */
export function keyedName(definition: string, key: string): string {
  return `${definition}/${key}`;
}

/** The path of such an actor, on whichever host it lives, and while it lives nowhere. */
export function keyedPath(definition: string, key: string): string {
  return `/${ROOT_NAME}/${KEYED_ROOT_NAME}/${keyedName(definition, key)}`;
}

/** What {@link keyedName} was made of. */
export function splitKeyedName(name: string): readonly [definition: string, key: string] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** True for what may be a key. */
export function isKey(key: unknown): key is string {
  // A lone surrogate does not survive the way to another thread.
  return (
    typeof key === 'string' && key.length > 0 && key.length <= KEY_MAX_CHARS && !/\p{Surrogate}/u.test(key)
  );
}
