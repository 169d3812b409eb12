import table from './data/transliteration.json' with { type: 'json' };

export interface MrzNames {
  readonly surname: string;
  readonly givenNames: string;
  /** The field is full to its last character: the name may go on (Doc 9303-3 §4.6). */
  readonly maybeTruncated: boolean;
}

/** Splits a name field at the double filler; single fillers are spaces. */
export function namesOf(text: string): MrzNames {
  const split = text.indexOf('<<');
  // A field may begin with << when the holder has no primary identifier.
  const surname = split < 0 ? text : text.slice(0, split);
  const given = split < 0 ? '' : text.slice(split + 2);
  return {
    surname: unfill(surname),
    givenNames: unfill(given),
    maybeTruncated: !text.endsWith('<'),
  };
}

export function unfill(text: string): string {
  return text.replaceAll(/<+/g, ' ').trim();
}

const letters: Readonly<Record<string, readonly string[]>> = { ...table.latin, ...table.cyrillic };

/**
 * Every way in which a machine-readable zone may spell a name, the recommended one first; A–Z, digits and
 * single spaces only. At most `limit` spellings.
 */
export function transliterations(name: string, limit = 16): readonly string[] {
  const upper = name.normalize('NFC').toUpperCase();
  // Most names that are compared came from a zone: there is one way to spell them.
  if (/^[A-Z0-9 ]*$/.test(upper)) return [tidy(upper)];
  let spellings = [''];
  for (const char of upper) {
    const forms = letters[char] ?? [plain(char)];
    const grown = forms.flatMap((form) => spellings.map((text) => text + form));
    spellings = grown.slice(0, limit);
  }
  return [...new Set(spellings.map(tidy))];
}

/** The recommended spelling: `Müller-Lüdenscheidt` → `MUELLER LUEDENSCHEIDT`. */
export function transliterate(name: string): string {
  return transliterations(name, 1)[0] ?? '';
}

/** Accents fall, hyphens become spaces, apostrophes and dots vanish (Doc 9303-3 §4.6). */
function plain(char: string): string {
  const base = char.normalize('NFD').replaceAll(/\p{M}/gu, '');
  if (/^[A-Z0-9]+$/.test(base)) return base;
  return /^[\s\-–‐,/]$/.test(char) ? ' ' : '';
}

function tidy(text: string): string {
  return text.replaceAll(/ +/g, ' ').trim();
}
