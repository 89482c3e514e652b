/**
 * What a cell and its context see of keyed actors: enough to make refs by key and to know an instance as one.
 * Owns no code; the keyed layer above implements it.
 */
import type { ActorRef } from '../ref.ts';
import type { Cell } from './cell.ts';
import type { ErasedDefinition } from './definition.ts';

/** Keyed actors, as the layer below them sees them. */
export interface KeyedPort {
  /** Refs to the actors of one definition. @throws ERR_OPTION_INVALID when it has no `keyed` option */
  refs(definition: ErasedDefinition): { ref(key: string): ActorRef };
  /** The key of an instance of this host; undefined for any other actor. */
  keyOf(cell: Cell): string | undefined;
}
