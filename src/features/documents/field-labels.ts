import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import table from './data/field-labels.json' with { type: 'json' };
import type { VisualFieldName } from './visual-fields.ts';
import { likeness, plainText, rowsOf, type TextRow, unite } from './visual-text.ts';

/** A printed label: the words of it, what they announce, and the row that they stand in. */
export interface FoundLabel {
  readonly name: VisualFieldName | 'other';
  readonly words: readonly TextWord[];
  readonly box: Box;
}

/** Label texts by the field that they announce; `other` are labels of what we do not read. */
const labels: readonly { name: FoundLabel['name']; words: readonly string[] }[] = Object.entries(
  table.labels,
)
  .flatMap(([name, texts]) =>
    texts.map((text) => ({ name: name as FoundLabel['name'], words: text.split(' ') })),
  )
  .sort((a, b) => b.words.join(' ').length - a.words.join(' ').length);

const leastLikeness = 0.8;

/** Labels of a document in any of its languages, longest first, each word used once. */
export function findLabels(words: readonly TextWord[]): readonly FoundLabel[] {
  const rows = rowsOf(words.flatMap(splitAtStrokes), 1.5);
  const used = new Set<TextWord>();
  const found: FoundLabel[] = [];
  for (const label of labels) {
    for (const row of rows) {
      for (const match of matchesIn(row, label.words, used)) {
        for (const word of match) used.add(word);
        const box = unite(match.map((word) => word.box));
        found.push({ name: label.name, words: match, box });
      }
    }
  }
  return found;
}

/** `Surname/Nom` is two words to us. Boxes are shared out by letters. */
export function splitAtStrokes(word: TextWord): readonly TextWord[] {
  const parts = word.text.split(/(?<=[/|:])(?=\p{L}{2})/u);
  if (parts.length < 2 || /\d/.test(word.text)) return [word];
  const step = word.box.width / word.text.length;
  let x = word.box.x;
  return parts.map((text) => {
    const box = { ...word.box, x, width: step * text.length };
    x += step * text.length;
    return { ...word, text, box };
  });
}

function* matchesIn(
  { words }: TextRow,
  label: readonly string[],
  used: ReadonlySet<TextWord>,
): Generator<readonly TextWord[]> {
  for (let i = 0; i + label.length <= words.length; i++) {
    const run = words.slice(i, i + label.length);
    if (run.some((word) => used.has(word))) continue;
    if (isAlike(run.map(({ text }) => text).join(' '), label.join(' '))) yield run;
  }
}

/** Short labels must be exact: a letter more or less makes another word of them. */
function isAlike(text: string, label: string): boolean {
  const plain = plainText(text).trim();
  if (label.length <= 4) return plain === label;
  return likeness(plain, label) >= leastLikeness;
}
