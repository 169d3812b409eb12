import type { Glyph } from './glyph-atlas.ts';
import { blank, classes } from './net.ts';
import type { Random } from './random.ts';
import { type RenderedLine, renderLine, strip } from './render-line.ts';
import type { Batch } from './trainer.ts';

const columns = strip.width / 2;
/** A character counts where its centre is at most this far away, in pitches; "none" only well between two. */
const near = 0.11;
const far = 0.3;
const blankWeight = 0.3;

export async function makeBatch(
  random: Random,
  fonts: readonly (readonly Glyph[])[],
  size: number,
  hardest: number,
): Promise<{ readonly batch: Batch; readonly lines: readonly RenderedLine[] }> {
  const strips = new Float32Array(size * strip.height * strip.width);
  const targets = new Float32Array(size * classes * columns);
  const lines: RenderedLine[] = [];
  for (let i = 0; i < size; i++) {
    const line = await renderLine(random, fonts, random() * hardest);
    strips.set(normalise(line.pixels), i * strip.height * strip.width);
    addTarget(targets.subarray(i * classes * columns, (i + 1) * classes * columns), line);
    lines.push(line);
  }
  return { batch: { size, strips, targets }, lines };
}

/** Mean 0 and deviation 1; a flat strip stays near zero. */
export function normalise(pixels: Float32Array): Float32Array {
  let sum = 0;
  let squares = 0;
  for (const value of pixels) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / pixels.length;
  const deviation = Math.max(4, Math.sqrt(Math.max(0, squares / pixels.length - mean * mean)));
  return pixels.map((value) => (value - mean) / deviation);
}

function addTarget(target: Float32Array, line: RenderedLine): void {
  for (let column = 0; column < columns; column++) {
    const x = columnCentre(column);
    let nearest = Number.POSITIVE_INFINITY;
    let label = blank;
    for (const character of line.characters) {
      const distance = Math.abs(character.x - x);
      if (distance < nearest) {
        nearest = distance;
        label = character.label;
      }
    }
    if (nearest <= near * line.pitch) target[label * columns + column] = 1;
    else if (nearest >= far * line.pitch) target[blank * columns + column] = blankWeight;
  }
}

/** The strip column that an output column looks at: stride 2, first one centred on pixel 0. */
export function columnCentre(column: number): number {
  return 2 * column + 0.5;
}
