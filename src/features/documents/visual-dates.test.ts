import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DateKind, type DateOrder, dateIn, datesIn } from './visual-dates.ts';

const today = '2026-11-20';
const read = (text: string, kind: DateKind = 'birth', order: DateOrder = 'DMY') =>
  dateIn(text, kind, order, today);

describe('printed dates', () => {
  it.each([
    ['12 AUG/AOUT 74', '1974-08-12'],
    ['12 AUGUST/AOUT 74', '1974-08-12'],
    ['01 JAN /JAN 85', '1985-01-01'],
    ['10DEC/DIC 91', '1991-12-10'],
    ['30 MAR/MAR 1972', '1972-03-30'],
    ['01 MÁR/MAR 12', '2012-03-01'],
    ['1 JAN 1981', '1981-01-01'],
    ['January 2, 1981', '1981-01-02'],
    ['21.12.1971', '1971-12-21'],
    ['25.12.1982.', '1982-12-25'],
    ['12 07 1953', '1953-07-12'],
    ['EXP 18.1 2.1971', '1971-12-18'],
    ['14.07.1981(Utopia City)', '1981-07-14'],
    ['1974-08-12', '1974-08-12'],
    ['O1.O2.2OO3', '2003-02-01'],
  ])('%s', (text, date) => {
    expect(read(text)).toBe(date);
  });

  it('stand in the order of their document', () => {
    expect(read('08/12/1974', 'birth', 'MDY')).toBe('1974-08-12');
    expect(read('08/12/1974', 'birth', 'DMY')).toBe('1974-12-08');
  });

  it('take their century from what they are', () => {
    expect(read('15 APR 31', 'expiry')).toBe('2031-04-15');
    expect(read('15 APR 31', 'birth')).toBe('1931-04-15');
    expect(read('16 APR 07', 'issue')).toBe('2007-04-16');
  });

  it('that are impossible are none', () => {
    for (const text of ['31.02.1990', '12 XYZ 74', '99.99.9999', '12.08.2974', 'no date', '']) {
      expect(read(text)).toBeUndefined();
    }
  });

  it('come apart where two stand in one place', () => {
    expect(datesIn('17.10.03-09.05.2013', 'expiry', 'DMY', today)).toEqual([
      '2003-10-17',
      '2013-05-09',
    ]);
  });

  it('come back from every format that we know', () => {
    const days = fc.date({
      min: new Date('1930-01-01'),
      max: new Date(today),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, (day) => {
        const iso = day.toISOString().slice(0, 10);
        const [y, m, d] = iso.split('-') as [string, string, string];
        const month = day.toLocaleString('en', { month: 'short', timeZone: 'UTC' }).toUpperCase();
        expect(read(`${d}.${m}.${y}`)).toBe(iso);
        expect(read(`${m}/${d}/${y}`, 'birth', 'MDY')).toBe(iso);
        expect(read(iso)).toBe(iso);
        expect(read(`${d} ${month}/${month} ${y}`)).toBe(iso);
      }),
    );
  });
});
