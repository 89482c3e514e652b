/** Supervisors and children that write down their lives, for the tests of supervision. */
import { type SupervisionOptions, defineActor } from '../../src/index.ts';
import type { DeclaredChild } from '../../src/actor/definition.ts';
import type { ActorRef, AnyRef } from '../../src/ref.ts';
import type { ChildOptions } from '../../src/supervision/child-spec.ts';
import type { World } from './world.ts';

/** A child that writes down its life and fails when told. */
export function childOf(life: string[], name: string) {
  return defineActor({
    name,
    init: () => {
      life.push(`${name} init`);
      return { count: 0 };
    },
    hooks: {
      started: () => void life.push(`${name} started`),
      restarted: (_state, _ctx, error) =>
        void life.push(`${name} restarted ${error === undefined ? '-' : (error as Error).message}`),
      stopping: (_state, _ctx, reason) => void life.push(`${name} stopping ${reason}`),
    },
    handlers: {
      add: (state) => {
        state.count += 1;
      },
      count: (state) => state.count,
      fail: (_state, message: string | undefined) => {
        throw new Error(message ?? 'boom');
      },
      stop: (_state, _payload, ctx) => ctx.stop(),
    },
  });
}
/** A ref of {@link childOf}. */
export type ChildRef = ActorRef<ReturnType<typeof childOf>>;

/** A supervisor, and its children as they are now. */
export interface Family {
  readonly life: string[];
  readonly parent: ActorRef;
  readonly a: () => ChildRef;
  readonly b: () => ChildRef;
  readonly c: () => ChildRef;
}

/** A supervisor with declared children, which writes down its own life. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the type of a definition says it all
export function supervisorOf(supervision: SupervisionOptions<DeclaredChild>, life: string[] = []) {
  return defineActor({
    name: 'top',
    init: () => {
      life.push('top init');
      return {};
    },
    supervision,
    hooks: { stopping: (_state, _ctx, reason) => void life.push(`top stopping ${reason}`) },
    handlers: { child: (_state, name: string, ctx) => ctx.child(name) },
  });
}

/** The child that has this name now. */
export function childNamed<Child extends AnyRef>(w: World, parent: AnyRef, name: string): Child {
  for (const cell of w.system.cells())
    if (cell.path === `${parent.address.path}/${name}`) return cell.ref as unknown as Child;
  throw new Error(`there is no ${name}`);
}

/** A supervisor `top` with the declared children a, b and c. */
export async function family(
  w: World,
  supervision: Omit<SupervisionOptions<DeclaredChild>, 'children'>,
  each: Partial<Record<'a' | 'b' | 'c', ChildOptions>> = {},
): Promise<Family> {
  const life: string[] = [];
  const names = ['a', 'b', 'c'] as const;
  const children = names.map((name) => ({ name, actor: childOf(life, name) as never, ...each[name] }));
  const parent = await w.spawn(supervisorOf({ ...supervision, children }, life), { name: 'top' });
  const child = (name: string) => (): ChildRef => childNamed(w, parent, name);
  return { life, parent: parent as unknown as ActorRef, a: child('a'), b: child('b'), c: child('c') };
}

/** What the children of a {@link family} write down when they come up. */
export const START: readonly string[] = ['a init', 'a started', 'b init', 'b started', 'c init', 'c started'];
