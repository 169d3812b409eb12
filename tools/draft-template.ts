import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { TextWord } from '../src/core/text.ts';
import { readDocument } from '../src/features/documents/read-document.task.ts';
import { dateIn } from '../src/features/documents/visual-dates.ts';
import { type VisualFieldName, visualFieldNames } from '../src/features/documents/visual-fields.ts';
import { likeness, rowsOf, type TextRow, unite } from '../src/features/documents/visual-text.ts';
import { resolveModels } from '../src/features/models/index.ts';
import { readBarcodes } from '../src/platform/barcodes/zxing.ts';
import { readText } from '../src/platform/ocr/tesseract.ts';
import { createPyramid } from '../src/vision/image/pyramid.ts';
import { cutTextView } from '../src/vision/tasks/text-view.ts';
import { openTaskPorts } from '../test/support/task-ports.ts';

/**
 * Drafts a layout template from a picture of a specimen and what it says; a person then looks it over.
 *
 *     npm run draft:template -- PICTURE --set surname=ERIKSSON --set birth_date=1974-08-12 …
 *
 * Values become boxes as wide as the free space to their right, all other certain words become anchors. Prints
 * `anchors` and `fields` of the template as JSON, and on standard error the values that were not found.
 */
const { values, positionals } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: [] },
    dates: { type: 'string', default: 'DMY' },
  },
  allowPositionals: true,
});
const [file] = positionals;
if (!file) throw new Error('which picture?');
const today = new Date().toISOString().slice(0, 10);

const { models } = await resolveModels();
const ports = { ...openTaskPorts(models), readBarcodes };
const image = await ports.decodeImage(readFileSync(file), 'picture');
const { visual, mrz } = await readDocument.run(ports, { image, name: 'picture', today });
if (!visual) throw new Error('no words on this picture');
const view = cutTextView(createPyramid(image), visual.corners, mrz ? [mrz.corners] : []);
const words = await readText(view.picture);
const { width, height } = view.picture;

const used = new Set<TextWord>();
const fields = Object.fromEntries(
  values.set.flatMap((pair) => {
    const [key = '', value = ''] = pair.split(/=(.*)/s);
    const name = visualFieldNames.find((known) => known === key);
    if (!name) throw new Error(`${key} is no field; there are ${visualFieldNames.join(', ')}`);
    const found = findValue(name, value);
    if (found) return [[name, boxOf(found)]];
    process.stderr.write(`${name}: ${value} was not found\n`);
    return [];
  }),
);
const anchors = words
  .filter(
    (word) => !used.has(word) && word.confidence >= 70 && /^\W*\p{L}{3,}\W*$/u.test(word.text),
  )
  .map(({ text, box }) => [
    text.replaceAll(/^\P{L}+|\P{L}+$/gu, ''),
    share(box.x + box.width / 2, width),
    share(box.y + box.height / 2, height),
  ]);
process.stdout.write(`${JSON.stringify({ anchors, fields })}\n`);

function findValue(name: VisualFieldName, value: string): TextRow | undefined {
  const order = values.dates as 'DMY' | 'MDY' | 'YMD';
  const isDate = name.endsWith('_date');
  const kind = name === 'birth_date' ? 'birth' : name === 'issue_date' ? 'issue' : 'expiry';
  let best: { row: TextRow; score: number } | undefined;
  for (const { words: row } of rowsOf(words)) {
    for (let from = 0; from < row.length; from++) {
      for (let to = from + 1; to <= row.length; to++) {
        const run = row.slice(from, to);
        const text = run.map((word) => word.text).join(' ');
        const isSame = isDate && dateIn(text, kind, order, today) === value;
        const score = isSame ? 2 - (to - from) / 100 : isDate ? 0 : likeness(text, value);
        const isFree = !run.some((word) => used.has(word));
        if (isFree && score > (best?.score ?? 0.7)) {
          best = { row: { words: run, box: unite(run.map(({ box }) => box)) }, score };
        }
      }
    }
  }
  for (const word of best?.row.words ?? []) used.add(word);
  return best?.row;
}

/** A little higher than the letters, and as wide as nothing else is printed beside them. */
function boxOf({ words: run, box }: TextRow): number[] {
  const middle = box.y + box.height / 2;
  const right = box.x + box.width;
  const next = words
    .filter((word) => !run.includes(word) && word.confidence >= 50 && word.box.x > right)
    .filter(({ box: b }) => Math.abs(b.y + b.height / 2 - middle) < box.height)
    .reduce((least, word) => Math.min(least, word.box.x), width);
  const left = Math.max(0, box.x - 0.012 * width);
  const end = Math.min(next - 0.012 * width, right + 0.3 * width);
  const top = box.y - 0.45 * box.height;
  return [
    share(left, width),
    share(top, height),
    share(Math.max(end, right) - left, width),
    share(1.9 * box.height, height),
  ];
}

function share(value: number, whole: number): number {
  return Math.round((value / whole) * 1000) / 1000;
}
