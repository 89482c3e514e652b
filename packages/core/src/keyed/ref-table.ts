/**
 * The refs by key to the actors of one definition, on one host. Owns the weak table of them; holds that there is one
 * ref for a key while somebody holds it, and that it costs nothing afterwards. Called by application code, which asks
 * for refs, and by the holder when an instance is gone.
 */
import type { ErasedDefinition } from '../actor/definition.ts';
import { KEY_MAX_CHARS } from '../limits.ts';
import { optionError } from '../options.ts';
import type { ActorRef } from '../ref.ts';
import { isKey } from './actor-key.ts';
import { type KeyedFinder, KeyedRecipient } from './keyed-recipient.ts';

/** Refs to the actors of one definition. */
export class RefTable {
  readonly #finder: KeyedFinder;
  readonly #definition: ErasedDefinition;
  readonly #refs = new Map<string, WeakRef<KeyedRecipient>>();
  readonly #forgotten: FinalizationRegistry<string>;

  constructor(finder: KeyedFinder, definition: ErasedDefinition) {
    this.#finder = finder;
    this.#definition = definition;
    this.#forgotten = new FinalizationRegistry((key) => {
      // Somebody may have asked for the key again meanwhile.
      if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
    });
  }

  /** See `KeyedRefs.ref`. @throws ERR_OPTION_INVALID */
  ref(key: string): ActorRef {
    const known = this.peek(key);
    if (known !== undefined) return known.ref;
    if (!isKey(key)) {
      throw optionError(
        `keyed('${this.#definition.name}').ref`,
        key,
        `a text of 1 to ${KEY_MAX_CHARS} characters`,
      );
    }
    const recipient = new KeyedRecipient(this.#finder, this.#definition, key);
    this.#refs.set(key, new WeakRef(recipient));
    this.#forgotten.register(recipient, key);
    return recipient.ref;
  }

  /** The recipient of a key if there is one. */
  peek(key: string): KeyedRecipient | undefined {
    return this.#refs.get(key)?.deref();
  }
}
