/** Tests of the supervision decisions, as tables. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChildSpec, resolveChild } from './child-spec.ts';
import { decide, decideAutoShutdown, restartScope } from './strategy.ts';

const spec = (restart: ChildSpec['restart'], significant = false): ChildSpec =>
  resolveChild('test', { restart, significant }, false);

test('a child that stopped is restarted or forgotten by its restart type', () => {
  const verdicts = (['permanent', 'transient', 'temporary'] as const).map((restart) =>
    [true, false].map((abnormal) => decide(spec(restart), { kind: 'stopped', abnormal })),
  );
  assert.equal(verdicts, [
    ['restart', 'restart'],
    ['restart', 'forget'],
    ['forget', 'forget'],
  ]);
});

test('a child that failed gets what the directive says, but a temporary one never restarts', () => {
  for (const directive of ['resume', 'restart', 'stop', 'escalate'] as const) {
    assert.is(decide(spec('permanent'), { kind: 'failed', directive }), directive);
    assert.is(decide(spec('transient'), { kind: 'failed', directive }), directive);
  }
  assert.is(decide(spec('temporary'), { kind: 'failed', directive: 'restart' }), 'stop');
  assert.is(decide(spec('temporary'), { kind: 'failed', directive: 'resume' }), 'resume');
});

test('a strategy restarts one, all, or those from it on', () => {
  const children = ['a', 'b', 'c', 'd'];
  assert.equal(restartScope('one-for-one', children, 1), ['b']);
  assert.equal(restartScope('one-for-all', children, 1), children);
  assert.equal(restartScope('rest-for-one', children, 1), ['b', 'c', 'd']);
});

test('a supervisor goes down for any or for the last significant child', () => {
  const significant = spec('transient', true);
  assert.equal(
    (['never', 'any-significant', 'all-significant'] as const).map((mode) =>
      [2, 0].map((left) => decideAutoShutdown(mode, significant, left)),
    ),
    [
      [false, false],
      [true, true],
      [false, true],
    ],
  );
  assert.not.ok(decideAutoShutdown('any-significant', spec('transient'), 0));
});

test.run();
