/**
 * What a terminal shows after some output, for the few sequences that the live view writes, and the picture of
 * it. Owns the cells of one screen; holds that what it draws is what a terminal would show, colours included.
 * Called by the script that makes the screenshot.
 */

/** A character with its look. */
interface ScreenCell {
  readonly text: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: string | null;
}

type Look = Omit<ScreenCell, 'text'>;

const PLAIN: Look = { bold: false, dim: false, colour: null };
const COLOURS: Readonly<Record<number, string>> = { 32: '#7ec699', 33: '#e5c07b' };
const BACKGROUND = '#1e2127';
const FOREGROUND = '#d7dae0';
const CHAR_PX = 8.4;
const LINE_PX = 18;
const MARGIN_PX = 14;

/** A screen without an edge. */
export class Screen {
  readonly #lines: ScreenCell[][] = [];
  #row = 0;
  #column = 0;
  #look = PLAIN;

  /** Shows output. @throws Error for a sequence that it does not know, for then the picture would be wrong */
  write(output: string): void {
    for (const [part] of output.matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[^\u001b]/gu)) {
      if (part.startsWith('\u001b')) this.#obey(part);
      else if (part === '\n') {
        this.#row += 1;
        this.#column = 0;
      } else if (part === '\r') this.#column = 0;
      else {
        const line = this.#line();
        while (line.length < this.#column) line.push({ text: ' ', ...PLAIN });
        line[this.#column] = { text: part, ...this.#look };
        this.#column += 1;
      }
    }
  }

  /** The lines as text. */
  text(): string[] {
    return this.#lines.map((line) => line.map(({ text }) => text).join(''));
  }

  /** The screen as a picture. */
  svg(): string {
    const columns = Math.max(...this.#lines.map((line) => line.length));
    const width = Math.ceil(columns * CHAR_PX + 2 * MARGIN_PX);
    const height = this.#lines.length * LINE_PX + 2 * MARGIN_PX;
    const rows = this.#lines.map(
      (line, row) =>
        `${runsOf(line)
          .map((run) => drawRun(run, row))
          .join('')}`,
    );
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
      `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
      `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${FOREGROUND}" xml:space="preserve">`,
      ...rows.filter((row) => row !== ''),
      '</g>',
      '</svg>',
      '',
    ].join('\n');
  }

  #line(): ScreenCell[] {
    while (this.#lines.length <= this.#row) this.#lines.push([]);
    return this.#lines[this.#row] as ScreenCell[];
  }

  #obey(sequence: string): void {
    const count = Number(sequence.slice(2, -1));
    if (sequence.endsWith('A')) this.#row = Math.max(0, this.#row - count);
    else if (sequence === '\u001b[2K') this.#line().length = 0;
    else if (sequence.endsWith('m')) this.#style(count);
    else if (!/^\u001b\[\?25[hl]$/.test(sequence))
      throw new Error(`unknown sequence: ${JSON.stringify(sequence)}`);
  }

  #style(code: number): void {
    if (code === 0) this.#look = PLAIN;
    else if (code === 1) this.#look = { ...this.#look, bold: true };
    else if (code === 2) this.#look = { ...this.#look, dim: true };
    else if (code === 22) this.#look = { ...this.#look, bold: false, dim: false };
    else this.#look = { ...this.#look, colour: COLOURS[code] ?? null };
  }
}

/** Neighbours with the same look, as one piece of text. */
function runsOf(line: readonly ScreenCell[]): { column: number; cell: ScreenCell }[] {
  const runs: { column: number; cell: ScreenCell }[] = [];
  for (const [column, cell] of line.entries()) {
    const last = runs.at(-1);
    const same =
      last !== undefined &&
      last.cell.bold === cell.bold &&
      last.cell.dim === cell.dim &&
      last.cell.colour === cell.colour;
    if (same) last.cell = { ...last.cell, text: last.cell.text + cell.text };
    else runs.push({ column, cell });
  }
  return runs.filter(({ cell }) => cell.text.trim() !== '');
}

function drawRun({ column, cell }: { column: number; cell: ScreenCell }, row: number): string {
  const x = (MARGIN_PX + column * CHAR_PX).toFixed(1);
  const y = MARGIN_PX + (row + 0.78) * LINE_PX;
  const look = `${cell.bold ? ' font-weight="bold"' : ''}${cell.dim ? ' opacity="0.55"' : ''}${cell.colour === null ? '' : ` fill="${cell.colour}"`}`;
  const text = cell.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const length = `textLength="${(cell.text.length * CHAR_PX).toFixed(1)}"`;
  return `<text x="${x}" y="${y.toFixed(1)}" ${length}${look}>${text}</text>`;
}
