import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { parseMrz } from './mrz.ts';
import { checkDigit } from './mrz-check-digit.ts';
import { correctMrz } from './mrz-correct.ts';
import { birthDateOf, expiryDateOf } from './mrz-dates.ts';
import { namesOf, transliterate, transliterations } from './mrz-names.ts';

const today = '2026-11-20';
const utopia = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
];

describe('check digits', () => {
  it('are those of the standard', () => {
    expect(checkDigit('520727')).toBe('3');
    expect(checkDigit('AB2134<<<')).toBe('5');
    expect(checkDigit('<<<<<<<<<<<<<<')).toBe('0');
  });
});

describe('a machine-readable zone', () => {
  it('of a passport is read field by field', () => {
    expect(parseMrz(utopia, today)).toMatchObject({
      format: 'TD3',
      valid: true,
      failedChecks: [],
      checks: ['number', 'birth', 'expiry', 'personal', 'composite'],
      fields: {
        documentCode: 'P',
        issuingState: 'UTO',
        documentNumber: 'L898902C3',
        nationality: 'UTO',
        surname: 'ERIKSSON',
        givenNames: 'ANNA MARIA',
        birthDate: '1974-08-12',
        expiryDate: '2012-04-15',
        sex: 'F',
        personalNumber: 'ZE184226B',
      },
    });
  });

  it('of a card continues a long document number in the optional data', () => {
    const lines = [
      'I<UTOD23145890<7349<<<<<<<<<<<',
      '3407127M9507122UTO<<<<<<<<<<<2',
      'STEVENSON<<PETER<JOHN<<<<<<<<<',
    ];
    expect(parseMrz(lines, today)?.fields.documentNumber).toBe('D23145890734');
  });

  it('of a French card and licences is read by its own layout', () => {
    const card = ['IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<', '9409923102854CORINNE<<<<<<<6512068F4'];
    expect(parseMrz(card, today)).toMatchObject({
      format: 'IDFRA',
      valid: true,
      fields: { surname: 'BERTHIER', givenNames: 'CORINNE', documentNumber: '940992310285' },
    });
    expect(parseMrz(['D1FRA13AA000026181231MARTIN<<9'], today)).toMatchObject({
      format: 'FRADL',
      valid: true,
      fields: { surname: 'MARTIN', expiryDate: '2018-12-31', documentNumber: '13AA00002' },
    });
    const swiss = ['AAA001D<<', 'FACHE305142128097<<800126<<<<<', 'MARCHAND<<FABIENNE<<<<<<<<<<<<'];
    // No check digit: readable, never valid.
    expect(parseMrz(swiss, today)).toMatchObject({
      format: 'CHEDL',
      checks: [],
      valid: false,
      fields: { documentNumber: 'AAA001D', surname: 'MARCHAND', birthDate: '1980-01-26' },
    });
  });

  it('with a wrong state, date or sex is at fault though its digits are right', () => {
    const second = utopia[1] as string;
    const line = (birth: string, sex: string, state: string) => {
      const body = `${second.slice(0, 10)}${state}${birth}${checkDigit(birth)}${sex}${second.slice(21, 43)}`;
      const guarded = body.slice(0, 10) + body.slice(13, 20) + body.slice(21, 43);
      return `${body}${checkDigit(guarded)}`;
    };
    const faultsOf = (text: string) => parseMrz([utopia[0] as string, text], today);
    expect(faultsOf(line('740812', 'F', 'UTO'))).toMatchObject({ valid: true });
    expect(faultsOf(line('740832', 'F', 'UTO'))).toMatchObject({
      valid: false,
      failedChecks: [],
      faults: [{ field: 'birthDate', code: 'impossible_date' }],
    });
    expect(faultsOf(line('740812', 'K', 'UTO'))?.faults).toEqual([
      { field: 'sex', code: 'unknown_sex' },
    ]);
    expect(faultsOf(line('740812', 'F', 'QQQ'))?.faults).toEqual([
      { field: 'nationality', code: 'unknown_state' },
    ]);
  });

  it('is undefined for text of another shape', () => {
    expect(parseMrz(['HELLO', 'WORLD'], today)).toBeUndefined();
    expect(
      parseMrz(
        utopia.map((line) => line.toLowerCase()),
        today,
      ),
    ).toBeUndefined();
    expect(parseMrz([], today)).toBeUndefined();
  });

  it('never throws, whatever the lines', () => {
    const line = fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<'),
      minLength: 30,
      maxLength: 44,
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        parseMrz(lines, today);
        correctMrz(lines);
      }),
    );
  });
});

describe('the century', () => {
  it('of a birth is the latest that is not in the future', () => {
    expect(birthDateOf('261120', today)).toBe('2026-11-20');
    expect(birthDateOf('261121', today)).toBe('1926-11-21');
    expect(birthDateOf('000229', today)).toBe('2000-02-29');
    expect(birthDateOf('010229', today)).toBeUndefined();
    expect(birthDateOf('74<<<<', today)).toBeUndefined();
  });

  it('of an expiry is this one up to 30 years ahead', () => {
    expect(expiryDateOf('561120', today)).toBe('2056-11-20');
    expect(expiryDateOf('561121', today)).toBe('1956-11-21');
    expect(expiryDateOf('961210', today)).toBe('1996-12-10');
  });
});

describe('names', () => {
  it('are split at the double filler', () => {
    expect(namesOf('ERIKSSON<<ANNA<MARIA<<<')).toEqual({
      surname: 'ERIKSSON',
      givenNames: 'ANNA MARIA',
      maybeTruncated: false,
    });
    expect(namesOf('<<ANNA<MARIA')).toMatchObject({ surname: '', maybeTruncated: true });
  });

  it('are spelled as the standard recommends, and as others allow', () => {
    expect(transliterate('Müller-Lüdenscheidt')).toBe('MUELLER LUEDENSCHEIDT');
    expect(transliterate('Ångström Ñuñez ß')).toBe('AANGSTROEM NUNEZ SS');
    expect(transliterate("d'Artagnan, João")).toBe('DARTAGNAN JOAO');
    expect(transliterate('Щербаков')).toBe('SHCHERBAKOV');
    expect(transliterations('Müller')).toEqual(['MUELLER', 'MUXXLLER', 'MULLER']);
  });
});

describe('a correction', () => {
  it('is made where one combination only makes every digit right, and says what proves it', () => {
    const misread = [utopia[0] as string, 'L898902C36UTO74O8122F1204159ZE184226B<<<<<10'];
    const alternatives = (line: number, column: number) =>
      line === 1 && column === 15 ? ['0', 'O'] : [];
    expect(correctMrz(misread, alternatives)).toEqual({
      lines: utopia,
      corrections: [{ line: 1, column: 15, from: 'O', to: '0', provenBy: ['birth', 'composite'] }],
    });
  });

  it('is not made where two would do', () => {
    // Alternatives of equal value in the check sum (1 and L) under a digit that fails for another reason.
    const misread = [utopia[0] as string, 'L8989O2C36UTO7408122F1204159ZE184226B<<<<<10'];
    const alternatives = (line: number, column: number) => {
      if (line !== 1) return [];
      if (column === 5) return ['0', 'O'];
      return column === 0 ? ['1', 'L'] : [];
    };
    expect(correctMrz(misread, alternatives).corrections).toEqual([]);
  });

  /** A valid passport zone from any number, dates and personal number. */
  const zone = fc
    .tuple(
      fc.string({
        unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'),
        minLength: 9,
        maxLength: 9,
      }),
      fc.integer({ min: 0, max: 99 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.constantFrom('F', 'M'),
      fc.string({
        unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<'),
        minLength: 14,
        maxLength: 14,
      }),
    )
    .map(([number, year, month, day, sex, personal]) => {
      const two = (value: number) => String(value).padStart(2, '0');
      const birth = `${two(year)}${two(month)}${two(day)}`;
      const body = `${number}${checkDigit(number)}UTO${birth}${checkDigit(birth)}${sex}3101012${personal}${checkDigit(personal)}`;
      const guarded = body.slice(0, 10) + body.slice(13, 20) + body.slice(21, 43);
      return [utopia[0] as string, `${body}${checkDigit(guarded)}`];
    });
  const misreading = fc.array(
    fc.tuple(
      fc.nat({ max: 43 }),
      fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<'),
      fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<'),
    ),
    { minLength: 1, maxLength: 5 },
  );

  it('is never wrong when the true character is among the alternatives', () => {
    fc.assert(
      fc.property(zone, misreading, (lines, misreadings) => {
        const truth = lines[1] as string;
        const second = [...truth];
        const doubts = new Map<number, string[]>();
        for (const [column, instead, other] of misreadings) {
          second[column] = instead;
          doubts.set(column, [truth.charAt(column), instead, other]);
        }
        const misread = [lines[0] as string, second.join('')];
        const { lines: corrected, corrections } = correctMrz(misread, (line, column) =>
          line === 1 ? (doubts.get(column) ?? []) : [],
        );
        if (corrections.length === 0) return;
        // Places that no digit guards (state, sex) are left as read.
        const guarded = (text: string) => text.slice(0, 10) + text.slice(13, 20) + text.slice(21);
        expect(guarded(corrected[1] as string)).toBe(guarded(truth));
      }),
      { numRuns: 3000 },
    );
  });

  it('of look-alikes alone is never wrong for one misread character', () => {
    const alike = { O: '0', I: '1', S: '5', B: '8', Z: '2', G: '6' } as Record<string, string>;
    const worse = Object.fromEntries(Object.entries(alike).map(([a, b]) => [b, a]));
    fc.assert(
      fc.property(zone, fc.nat({ max: 43 }), (lines, column) => {
        const truth = lines[1] as string;
        const instead = alike[truth.charAt(column)] ?? worse[truth.charAt(column)];
        fc.pre(instead !== undefined);
        const misread = truth.slice(0, column) + instead + truth.slice(column + 1);
        const { lines: corrected, corrections } = correctMrz([lines[0] as string, misread]);
        if (corrections.length > 0) expect(corrected[1]).toBe(truth);
      }),
      { numRuns: 1000 },
    );
  });
});

describeWithShared('zones collected from public tests', () => {
  it('fail exactly the digits that they are known to fail', () => {
    for (const [format, lines, failing] of vectors('data/documents/mrz_text_vectors.csv', 1)) {
      const parsed = parseMrz(lines, today);
      expect(parsed?.format, lines.join('\n')).toBe(format);
      // The list judges long document numbers by their first nine characters; Doc 9303-5 guards the whole.
      const isLong = format === 'TD1' && lines[0]?.charAt(14) === '<';
      const known = isLong ? failing.replace(/^number ?/, '') : failing;
      const failed = parsed?.failedChecks.filter((name) => !(isLong && name === 'number'));
      expect(failed?.join(' '), lines.join('\n')).toBe(known);
    }
  });

  it('of the specimen pictures too', () => {
    for (const [format, lines, failing] of vectors('data/documents/mrz_ground_truth.csv', 1)) {
      const parsed = parseMrz(lines, today);
      expect(parsed?.format, lines.join('\n')).toBe(format);
      expect(parsed?.failedChecks.join(' '), lines.join('\n')).toBe(failing);
    }
  });
});

/** Format, lines and failing checks of each row. */
function vectors(path: string, formatColumn: number): [string, string[], string][] {
  const rows = readFileSync(sharedPath(path), 'utf8').trim().split(/\r?\n/).slice(1);
  return rows.map((row) => {
    const cells = row.split(',');
    const lines = cells.slice(formatColumn + 1, formatColumn + 4).filter((line) => line !== '');
    return [cells[formatColumn] ?? '', lines, cells[formatColumn + 5] ?? ''];
  });
}
