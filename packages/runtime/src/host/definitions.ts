/**
 * The actors that an application defines, found by name on every thread. Owns the rule that names a
 * definition: it is exported by one of the actor modules, or declared as a child by one that is. Holds that
 * all threads see the same definitions, which their fingerprints show.
 */
import { ActorDefinition, type AnyHandlers, MillraceError } from '@millrace/core';
import { loadTypeScript, needsLoader, TYPESCRIPT_NEEDS } from './typescript.ts';

/** Definitions by name. */
export type Definitions = ReadonlyMap<string, AnyDefinition>;

/** Any definition. */
export type AnyDefinition = ActorDefinition<never, never, AnyHandlers>;

/**
 * Loads actor modules and collects what they define.
 *
 * @throws ERR_DEFINITIONS when a module does not load, defines nothing, or a name stands for two definitions
 */
export async function loadDefinitions(modules: readonly string[]): Promise<Definitions> {
  const found = new Map<string, AnyDefinition>();
  await loadTypeScript(modules);
  for (const module of modules) {
    let exported: Record<string, unknown>;
    try {
      // oxlint-disable-next-line no-await-in-loop -- in order, so that every thread finds the same one first
      exported = (await import(module)) as Record<string, unknown>;
    } catch (cause) {
      const needs = needsLoader(module) ? TYPESCRIPT_NEEDS : undefined;
      throw new MillraceError('ERR_DEFINITIONS', { module, reason: 'it does not load', needs }, { cause });
    }
    const before = found.size;
    for (const value of Object.values(exported))
      if (value instanceof ActorDefinition) collect(found, module, value as unknown as AnyDefinition);
    if (found.size === before) {
      throw new MillraceError('ERR_DEFINITIONS', {
        module,
        reason: 'it exports nothing that defineActor made',
      });
    }
  }
  return found;
}

/** The same for definitions at hand, and the children that they declare. @throws ERR_DEFINITIONS */
export function collectDefinitions(definitions: readonly AnyDefinition[]): Definitions {
  const found = new Map<string, AnyDefinition>();
  for (const definition of definitions) collect(found, 'a list', definition);
  return found;
}

/** A text that is the same for the same definitions: names, handlers in order, capacities. */
export function fingerprint(definitions: Definitions): string {
  return [...definitions.values()]
    .map(
      (one) => `${one.name}(${one.specs.map((spec) => spec.name).join(',')})/${one.mailbox.capacityMessages}`,
    )
    .sort()
    .join(';');
}

function collect(found: Map<string, AnyDefinition>, module: string, definition: AnyDefinition): void {
  const known = found.get(definition.name);
  if (known === definition) return;
  if (known !== undefined) {
    throw new MillraceError('ERR_DEFINITIONS', {
      module,
      actor: definition.name,
      reason: 'two definitions have this name',
    });
  }
  found.set(definition.name, definition);
  for (const child of definition.supervision.children)
    collect(found, module, child.actor as unknown as AnyDefinition);
}
