import { describe, expect, it } from 'vitest';
import { utopianTemplate } from '../../../test/support/draw-document.ts';
import type { TextWord } from '../../core/text.ts';
import { assignFields } from './assign-fields.ts';
import { documentTemplates } from './templates.ts';
import { fitsNumberForm, numberIn } from './visual-fields.ts';

const today = '2026-11-20';
const size = { width: 1000, height: 630 };

/** Words of a line, one after another, ten pixels a letter. */
function line(text: string, x: number, y: number, confidence = 90): TextWord[] {
  let left = x;
  return text.split(' ').map((word) => {
    const box = { x: left, y, width: 10 * word.length, height: 18 };
    left += 10 * word.length + 8;
    return { text: word, confidence, box };
  });
}
const valuesOf = (words: readonly TextWord[], options: object = {}) =>
  Object.fromEntries(
    assignFields(words, size, { today, templates: [], ...options }).fields.map((field) => [
      field.name,
      [field.value, field.assignedBy],
    ]),
  );

describe('labels', () => {
  it('announce what stands under or beside them, in any language', () => {
    const words = [
      ...line('Surname/ Nom', 300, 100),
      ...line('ERIKSSON', 310, 124),
      ...line('Prénom(s) :', 300, 150),
      ...line('ANNA MARIA', 420, 150),
      ...line('Date of birth/ Date de naissance', 300, 200),
      ...line('12 AUGUST/AOUT 74', 310, 224),
      ...line('Geschlecht', 700, 200),
      ...line('F', 705, 224),
      ...line('Document No.', 700, 100),
      ...line('D23145890', 705, 124),
    ];
    expect(valuesOf(words)).toEqual({
      surname: ['ERIKSSON', 'label'],
      given_names: ['ANNA MARIA', 'label'],
      birth_date: ['1974-08-12', 'label'],
      sex: ['F', 'label'],
      document_number: ['D23145890', 'label'],
    });
  });

  it('are forgiven a wrong letter, and never taken for values', () => {
    const words = [...line('Sumame', 300, 100), ...line('Given names', 300, 124)];
    expect(valuesOf(words)).toEqual({});
    expect(valuesOf([...line('Surnamc', 300, 100), ...line('DOE', 300, 124)])).toEqual({
      surname: ['DOE', 'label'],
    });
  });

  it('say month first on American documents only', () => {
    const american = [...line('DOB', 300, 100), ...line('08/12/1974', 340, 100)];
    expect(valuesOf(american).birth_date).toEqual(['1974-08-12', 'label']);
    const european = [...line('Geburtsdatum', 300, 100), ...line('08/12/1974', 300, 124)];
    expect(valuesOf(european).birth_date).toEqual(['1974-12-08', 'label']);
  });
});

describe('agreement', () => {
  it('finds on the print what zone or barcode say', () => {
    const words = line('MÜLLER THOMAS 12.08.1974', 300, 100);
    expect(valuesOf(words, { known: { surname: 'MUELLER', birth_date: '1974-08-12' } })).toEqual({
      surname: ['MÜLLER', 'agreement'],
      birth_date: ['1974-08-12', 'agreement'],
    });
    expect(valuesOf(words, { known: { surname: 'MEIER' } })).toEqual({});
  });
});

describe('templates', () => {
  const at = (text: string, x: number, y: number) =>
    line(text, x * size.width - 5 * text.length, y * size.height - 9);
  const printed = (dx: number, dy: number, labels = utopianTemplate.anchors) => [
    ...labels.flatMap(([text, x, y]) => at(text, x + dx, y + dy)),
    ...at('LÉGRAND', 0.42 + dx, 0.255 + dy),
    ...at('D231458O0', 0.82 + dx, 0.16 + dy),
  ];

  it('tell what stands where, also on a picture that is a little off', () => {
    for (const [dx, dy] of [
      [0, 0],
      [0.03, -0.03],
      [-0.02, 0.04],
    ] as const) {
      const { match, fields } = assignFields(printed(dx, dy), size, {
        today,
        templates: [utopianTemplate],
      });
      expect(match?.agreement).toBe(1);
      expect(fields.map(({ name, value }) => [name, value])).toEqual([
        ['surname', 'LÉGRAND'],
        // The form of the number knows that the last O but one is a zero.
        ['document_number', 'D23145800'],
      ]);
    }
  });

  it('need three of their words, and the right state', () => {
    const few = printed(0, 0, utopianTemplate.anchors.slice(0, 2));
    const templates = [utopianTemplate];
    expect(assignFields(few, size, { today, templates }).match).toBeUndefined();
    const foreign = assignFields(printed(0, 0), size, { today, templates, state: 'FRA' });
    expect(foreign.match).toBeUndefined();
  });

  it('that ship have boxes on the document and names of their own', () => {
    expect(new Set(documentTemplates.map(({ id }) => id)).size).toBe(documentTemplates.length);
    for (const { id, issuing_state, fields } of documentTemplates) {
      expect(id.startsWith(issuing_state)).toBe(true);
      for (const [x, y, width, height] of Object.values(fields)) {
        expect(x + width, id).toBeLessThanOrEqual(1.05);
        expect(y + height, id).toBeLessThanOrEqual(1.05);
      }
    }
  });
});

describe('document numbers', () => {
  it('follow their form', () => {
    expect(numberIn('6ORFO08O9', '99AA99999')).toBe('60RF00809');
    expect(numberIn('97-730-0020', '99-999-9999')).toBe('97-730-0020');
    expect(numberIn('HD NR 198025', 'AA999999')).toBe('HD198025');
    expect(numberIn('4d LIC#WDLABCD456DG', undefined)).toBe('WDLABCD456DG');
    expect(numberIn('PASSPORT', undefined)).toBeUndefined();
    expect(fitsNumberForm('977300020', '99-999-9999')).toBe(true);
    expect(fitsNumberForm('E00007730', 'A99999999 999999999')).toBe(true);
    expect(fitsNumberForm('E0000773O', 'A99999999')).toBe(false);
  });
});
