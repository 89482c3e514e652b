/** Tests of payloads that cross without a link: any payload, errors, refs, bytes of somebody else. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diceFrom, difference, payloadFrom } from '../../tests/helpers/payloads.ts';
import { packAlone, unpackAlone } from './standalone-codec.ts';

test('any payload arrives as it was packed', () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const payload = payloadFrom(diceFrom(seed));
    const found = difference(payload, unpackAlone(packAlone(payload)));
    if (found !== undefined) assert.unreachable(`seed ${seed}: ${found}`);
  }
});

test('the path of a refusal begins at the payload', () => {
  assert.throws(() => packAlone({ a: [Symbol('x')] }), /path=payload\.a\[0\], found=Symbol\(x\)/);
});

test('bytes that make no sense are refused', () => {
  const bytes = packAlone({ text: 'x'.repeat(100) });
  for (const cut of [0, 1, 5, bytes.length - 1]) {
    assert.throws(
      () => unpackAlone(bytes.subarray(0, cut)),
      /ERR_FRAME_CORRUPT|bytes from another host make no sense/,
    );
  }
});

test('a ref without a reader of refs is refused', () => {
  const refs = {
    owns: (value: object) => value instanceof URL,
    write: String,
    read: (data: unknown) => new URL(String(data)),
  };
  const bytes = packAlone({ at: new URL('http://a/') }, refs);
  assert.equal(unpackAlone(bytes, refs), { at: new URL('http://a/') });
  assert.throws(() => unpackAlone(bytes), /refers to what is not here|cannot be unpacked/);
});

test.run();
