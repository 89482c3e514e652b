/** Tests of the error class. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MillraceError, isErrorCode, isMillraceError } from './errors.ts';

test('a message says what failed and its facts in order, leaving out what is undefined', () => {
  const cause = new Error('why');
  const error = new MillraceError(
    'ERR_MAILBOX_FULL',
    { target: '/user/a#1', handler: 'x', more: undefined },
    { cause },
  );
  assert.is(error.message, 'mailbox is full: target=/user/a#1, handler=x');
  assert.is(error.name, 'MillraceError');
  assert.is(error.cause, cause);
  assert.is(new MillraceError('ERR_MAILBOX_FULL').message, 'mailbox is full');
});

test('a code tells an error of Millrace from others', () => {
  const error = new MillraceError('ERR_STASH_FULL');
  assert.ok(isMillraceError(error));
  assert.ok(isMillraceError(error, 'ERR_STASH_FULL'));
  assert.not.ok(isMillraceError(error, 'ERR_MAILBOX_FULL'));
  assert.not.ok(isMillraceError(new Error('ERR_STASH_FULL')));
  assert.ok(isErrorCode('ERR_STASH_FULL'));
  assert.not.ok(isErrorCode('toString'));
});

test.run();
