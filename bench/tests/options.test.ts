/** A wrong command line is refused with the option, the value and what is allowed. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isMillraceError } from '@millrace/core';
import { parseOptions } from '../harness/options.ts';

const known = { cells: ['S1', 'S6'], systems: ['millrace', 'floor:array-call'] };
const parse = (...words: string[]) => parseOptions(words, known);

function refusal(...words: string[]): Record<string, unknown> {
  try {
    parse(...words);
  } catch (error) {
    assert.ok(isMillraceError(error));
    return { code: error.code, ...error.details };
  }
  throw new Error(`was not refused: ${words.join(' ')}`);
}

test('nothing means all cells, all systems and the full run', () => {
  const options = parse();
  assert.is(options.quick, false);
  assert.is(options.only, undefined);
  assert.is(options.systems, undefined);
  assert.is(options.out, 'full');
  assert.is(parse('--quick').out, 'quick');
});

test('options take a value after a space or an equals sign', () => {
  const options = parse(
    '--only',
    's6',
    '--systems=millrace,floor:array-call',
    '--workers=4',
    '--rounds',
    '7',
    '--warm-up',
    '1000',
  );
  assert.equal(options.only, ['S6']);
  assert.equal(options.systems, ['millrace', 'floor:array-call']);
  assert.is(options.workers, 4);
  assert.is(options.warmUpMs, 1_000);
  assert.is(options.rounds, 7);
  assert.is(parse('--out', 'cores-2').out, 'cores-2');
});

test('a refusal names option, value and what is allowed', () => {
  const invalid = (option: string, value: string, allowed: string) => ({
    code: 'ERR_OPTION_INVALID',
    option,
    value,
    allowed,
  });
  assert.equal(refusal('--only', 'S1,S99'), invalid('--only', 'S99', 'S1 S6'));
  assert.equal(refusal('--systems', 'akka'), invalid('--systems', 'akka', 'millrace floor:array-call'));
  assert.equal(refusal('--rounds', '0'), invalid('--rounds', '0', '1..99'));
  assert.equal(refusal('--rounds', '2.5'), invalid('--rounds', '2.5', '1..99'));
  assert.equal(refusal('--workers', 'many'), invalid('--workers', 'many', '1..64'));
  assert.equal(refusal('--workers'), invalid('--workers', 'nothing', 'a value'));
  assert.equal(refusal('--workers', '--quick'), invalid('--workers', '--quick', 'a value'));
  assert.is(refusal('--out', '../x')['value'], '../x');
  assert.is(refusal('--turbo')['code'], 'ERR_OPTION_UNKNOWN');
  assert.is(refusal('--turbo')['option'], '--turbo');
  assert.is(refusal('stray')['code'], 'ERR_OPTION_UNKNOWN');
});

test.run();
