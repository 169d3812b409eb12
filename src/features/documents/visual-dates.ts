import months from './data/months.json' with { type: 'json' };
import { birthDateOf, expiryDateOf, type IsoDate, isIsoDate } from './mrz-dates.ts';

/** How a document writes day, month and year when all three are numbers. A year of four digits in front is recognised anyway. */
export type DateOrder = 'DMY' | 'MDY' | 'YMD';
export type DateKind = 'birth' | 'issue' | 'expiry';

/** `12 AUG/AOUT 74`, `12.08.1974`, `08/12/1974`, `1974-08-12`, `12 AUGUST 1974`: the first that is a date. */
export function dateIn(
  text: string,
  kind: DateKind,
  order: DateOrder,
  today: IsoDate,
): IsoDate | undefined {
  const upper = rejoin(text.normalize('NFC').toUpperCase());
  return worded(upper, kind, today) ?? numeric(upper, kind, order, today);
}

/** All dates of a text, each as it stands; for documents that print two beside one another. */
export function datesIn(
  text: string,
  kind: DateKind,
  order: DateOrder,
  today: IsoDate,
): readonly IsoDate[] {
  const found = text
    .toUpperCase()
    .split(/(?<=\d{2})\s*[-–—]\s*(?=\d{2}[./]\d{2})/)
    .flatMap((part) => dateIn(part, kind, order, today) ?? []);
  return [...new Set(found)];
}

/** Wide print comes apart: `03/1 8/1978`. Where there are separators, a space between digits is none. */
function rejoin(text: string): string {
  const isSeparated = /\d\s?[./-]\s?\d.*[./-]/.test(text);
  return isSeparated ? text.replaceAll(/(?<=\d)\s(?=\d)/g, '') : text;
}

const wordedDate =
  /([0-9OIL]{1,2})\s*[.,]?\s*(\p{L}{3,9})\.?\s*(?:[/\\|-]\s*\p{L}{2,9}\.?\s*)?['’]?([0-9OIL]{4}|[0-9OIL]{2})(?![0-9])/u;
const monthFirst = /(\p{L}{3,9})\.?\s+([0-9]{1,2})(?:ST|ND|RD|TH)?,?\s+([0-9]{4})/u;

function worded(text: string, kind: DateKind, today: IsoDate): IsoDate | undefined {
  const [, day = '', month = '', year = ''] = wordedDate.exec(text) ?? [];
  const number = monthOf(month);
  if (number !== undefined) return compose(digits(year), number, digits(day), kind, today);
  const [, name = '', dayAfter = '', yearAfter = ''] = monthFirst.exec(text) ?? [];
  const other = monthOf(name);
  return other === undefined ? undefined : compose(yearAfter, other, dayAfter, kind, today);
}

/** Separated by dots, slashes, dashes or single spaces; letters that look like digits count as such. */
const numericDate =
  /(?<![0-9])([0-9OILSB]{4}|[0-9OILSB]{1,2})\s?[.,/\\\- ]\s?([0-9OILSB]{1,2})\s?[.,/\\\- ]\s?([0-9OILSB]{4}|[0-9OILSB]{2})(?![0-9])/g;

function numeric(
  text: string,
  kind: DateKind,
  order: DateOrder,
  today: IsoDate,
): IsoDate | undefined {
  for (const [, first = '', second = '', third = ''] of text.matchAll(numericDate)) {
    const [a, b, c] = [digits(first), digits(second), digits(third)];
    const byOrder = order === 'MDY' ? [c, a, b] : order === 'YMD' ? [a, b, c] : [c, b, a];
    const [year, month, day] = a.length === 4 ? [a, b, c] : byOrder;
    const date = compose(year ?? '', Number(month), day ?? '', kind, today);
    if (date !== undefined) return date;
  }
  return undefined;
}

function compose(
  year: string,
  month: number,
  day: string,
  kind: DateKind,
  today: IsoDate,
): IsoDate | undefined {
  const tail = `${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (year.length === 4) {
    const date = `${year}-${tail}`;
    // Nobody living was born earlier, and no document runs longer.
    const isPlausible = year >= '1900' && Number(year) <= Number(today.slice(0, 4)) + 60;
    return isPlausible && isIsoDate(date) ? date : undefined;
  }
  const short = `${year}${tail.replace('-', '')}`;
  return kind === 'expiry' ? expiryDateOf(short, today) : birthDateOf(short, today);
}

function monthOf(name: string): number | undefined {
  const plain = name.normalize('NFD').replaceAll(/\p{M}/gu, '');
  const index = months.names.findIndex((starts) =>
    starts.split(' ').some((start) => plain.startsWith(start)),
  );
  return index < 0 ? undefined : index + 1;
}

/** OCR takes a zero for an O now and then; between digits there is no doubt. */
function digits(text: string): string {
  return text
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
    .replaceAll('S', '5')
    .replaceAll('B', '8');
}
