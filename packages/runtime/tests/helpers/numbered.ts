/** Payloads made from a number, and a digest that tells any two apart: what soak tests send and add up. */

/** The payload of message `n`: mostly numbers, then strings and objects, now and then one larger than a frame. */
export function payloadOf(n: number): unknown {
  if (n % 5_003 === 5_002) return 'x'.repeat(3_000 + (n % 20_000));
  switch (n % 8) {
    case 0:
      return `user-${n}`;
    case 1:
      return { by: n, tags: ['a', n % 7] };
    case 2:
      return n / 7;
    case 3:
      return n % 16 === 3 ? undefined : null;
    default:
      return n;
  }
}

/** A number that stands for a payload; not 0 for any that {@link payloadOf} makes. */
export function digestOf(payload: unknown): number {
  const text = typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? 'undefined');
  let digest = 17;
  for (let i = 0; i < text.length; i += text.length > 100 ? 97 : 1) {
    digest = (Math.imul(digest, 31) + text.charCodeAt(i)) | 0;
  }
  return (digest + text.length) | 1;
}
