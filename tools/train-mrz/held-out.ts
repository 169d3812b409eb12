import * as ort from 'onnxruntime-node';
import { columnCentre, normalise } from './batch.ts';
import type { Glyph } from './glyph-atlas.ts';
import { blank, classes } from './net.ts';
import { seededRandom } from './random.ts';
import { type RenderedLine, renderLine, strip } from './render-line.ts';

const levels = [
  { name: 'clean', difficulty: 0.1 },
  { name: 'mild', difficulty: 0.4 },
  { name: 'hard', difficulty: 0.8 },
  { name: 'worst', difficulty: 1 },
] as const;
const linesPerLevel = 100;

/** Character accuracy on strips that no training step saw, at the true places, by difficulty. */
export async function measure(
  net: Uint8Array,
  fonts: readonly (readonly Glyph[])[],
  seed: number,
): Promise<{ what: string; value: number; unit: string }[]> {
  const session = await ort.InferenceSession.create(net, { intraOpNumThreads: 1 });
  const random = seededRandom(seed);
  const rows: { what: string; value: number; unit: string }[] = [];
  for (const { name, difficulty } of levels) {
    let right = 0;
    let all = 0;
    for (let i = 0; i < linesPerLevel; i++) {
      const line = await renderLine(random, fonts, difficulty);
      const shape = [1, 1, strip.height, strip.width];
      const feed = new ort.Tensor('float32', normalise(line.pixels), shape);
      const scores = (await session.run({ strip: feed })).scores?.data as Float32Array;
      const counted = wholeCharacters(line);
      all += counted.length;
      right += counted.filter(({ x, label }) => classAt(scores, x) === label).length;
    }
    rows.push({ what: `char_accuracy_${name}`, value: right / all, unit: 'ratio' });
  }
  return rows;
}

/** Those that the edge of the strip does not cut. */
function wholeCharacters({ characters, pitch }: RenderedLine) {
  return characters.filter(({ x }) => x > pitch / 2 && x < strip.width - pitch / 2);
}

function classAt(scores: Float32Array, x: number): number {
  const columns = strip.width / 2;
  let column = 0;
  while (
    column + 1 < columns &&
    Math.abs(columnCentre(column + 1) - x) < Math.abs(columnCentre(column) - x)
  )
    column++;
  let best = 0;
  for (let label = 1; label < classes; label++) {
    if (label === blank) continue;
    if ((scores[label * columns + column] ?? 0) > (scores[best * columns + column] ?? 0))
      best = label;
  }
  return best;
}
