import { describe, expect, it } from 'vitest';
import { crossCheck, nameLikeness } from './cross-check.ts';

const zone = (value: string) => ({ source: 'mrz' as const, value });
const print = (value: string, confidence = 95) => ({
  source: 'visual' as const,
  value,
  confidence,
});

describe('values of one field', () => {
  it('agree across spellings', () => {
    for (const [printed, coded] of [
      ['Müller-Lüdenscheidt', 'MUELLER LUEDENSCHEIDT'],
      ['Müller', 'MULLER'],
      ['LÔFGREN', 'LOEFGREN'],
      ['Ångström', 'AANGSTROEM'],
      ['ROZÁLIA IRMA', 'ROZALIA IRMA'],
      ['ANNA MARIA', 'ANNA'],
      ["O'CONNOR", 'OCONNOR'],
      ['PAPANDROPOULOUS ALEXANDROS', 'PAPANDROPOULOUS ALEX'],
    ] as const) {
      expect(nameLikeness(printed, coded), printed).toBe(1);
    }
    expect(nameLikeness('MEIER', 'MUELLER')).toBeLessThan(0.6);
  });

  it('differ, are alike or cannot be told apart from a misreading', () => {
    const agreementOf = (
      field: 'surname' | 'birth_date' | 'document_number',
      a: string,
      b: string,
    ) =>
      [print(b), print(b, 40)].map(
        (printed) => crossCheck({ [field]: [zone(a), printed] })[0]?.agreement,
      );
    expect(agreementOf('birth_date', '1974-08-12', '1974-08-12')).toEqual(['same', 'same']);
    expect(agreementOf('birth_date', '1974-08-12', '1974-08-13')).toEqual(['differs', 'unsure']);
    expect(agreementOf('surname', 'ERIKSSON', 'ERIKSON')).toEqual(['alike', 'unsure']);
    expect(agreementOf('surname', 'ERIKSSON', 'LARSEN')).toEqual(['differs', 'unsure']);
    expect(agreementOf('surname', 'VIRTANEN', 'anen')).toEqual(['unsure', 'unsure']);
    expect(agreementOf('document_number', 'D23145890', 'D23145891')).toEqual(['alike', 'unsure']);
  });

  it('need two sources, and the worst pair counts', () => {
    expect(crossCheck({ surname: [zone('DOE')] })).toEqual([]);
    const checks = crossCheck({
      surname: [zone('DOE'), { source: 'barcode', value: 'ROE' }, print('DOE')],
    });
    expect(checks).toMatchObject([{ field: 'surname', agreement: 'differs', similarity: 67 }]);
  });
});
