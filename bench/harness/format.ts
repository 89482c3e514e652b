/**
 * Numbers as people read them. Pure.
 */

/** `6.12 M`, `340 k`, `0.95`: three significant digits with the unit's thousands. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${short(value / 1e9)} G`;
  if (size >= 1e6) return `${short(value / 1e6)} M`;
  if (size >= 1e4) return `${short(value / 1e3)} k`;
  return short(value);
}

/** `theta=0.99 workUs=1`. */
export function formatParams(params: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(params)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

/** `1 min 20 s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000 || Number.isInteger(value)) return String(Math.round(value));
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 0.01 || size === 0) return value.toFixed(2);
  return value.toPrecision(2);
}
