/**
 * The parts of documents that come from measurements. Owns how they are found, between two markers, so that what is
 * written by hand and what is written by a command never meet.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Replaces what lies between the markers of that name; false when there is no such file or it has no markers. */
export function replaceSection(path: string, name: string, section: string): boolean {
  if (!existsSync(path)) return false;
  const text = readFileSync(path, 'utf8');
  const begin = `<!-- ${name}:begin -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf(`<!-- ${name}:end -->`)];
  if (from < 0 || to < from) return false;
  writeFileSync(path, `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`);
  return true;
}
