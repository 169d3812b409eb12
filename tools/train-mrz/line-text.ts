import { mrzAlphabet } from './glyph-atlas.ts';
import { pick, type Random } from './random.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';

/** What lines of a machine-readable zone look like; every character stays frequent enough to be learned. */
export function randomLineText(random: Random, length: number): string {
  const kind = random();
  if (kind < 0.45) return characters(random, `${letters}${digits}`, length);
  if (kind < 0.55) return characters(random, mrzAlphabet, length);
  if (kind < 0.75) return names(random, length);
  return numbers(random, length);
}

function characters(random: Random, from: string, length: number): string {
  let text = '';
  while (text.length < length) text += pick(random, [...from]);
  return text;
}

function names(random: Random, length: number): string {
  let text = random() < 0.5 ? `${pick(random, [...'PIAVC'])}<` : '';
  while (text.length < length) {
    text += characters(random, letters, 2 + Math.floor(random() * 9));
    text += pick(random, ['<', '<<', '<<<<<<', '<<<<<<<<<<<<']);
  }
  return text.slice(0, length);
}

function numbers(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    text += characters(random, digits, 1 + Math.floor(random() * 8));
    text += pick(random, ['<', 'M', 'F', '<<<<<', '', characters(random, letters, 3)]);
  }
  return text.slice(0, length);
}
