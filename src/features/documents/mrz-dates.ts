/** A day without time or zone, `YYYY-MM-DD`. */
export type IsoDate = string;

/** How far ahead a printed year may lie before it is taken for the last century. */
const expiryHorizonYears = 30;

/**
 * Date of birth from `YYMMDD`: the latest century that does not lie after `today`.
 * Undefined for an impossible or incomplete date (Doc 9303-3 §4.8 allows fillers for unknown parts).
 */
export function birthDateOf(text: string, today: IsoDate): IsoDate | undefined {
  const thisCentury = withCentury(text, today, 0);
  const date =
    thisCentury !== undefined && thisCentury <= today ? thisCentury : withCentury(text, today, -1);
  return date;
}

/** Date of expiry: this century, unless that is more than 30 years ahead. */
export function expiryDateOf(text: string, today: IsoDate): IsoDate | undefined {
  const limit = `${String(Number(today.slice(0, 4)) + expiryHorizonYears)}${today.slice(4)}`;
  const thisCentury = withCentury(text, today, 0);
  return thisCentury !== undefined && thisCentury <= limit
    ? thisCentury
    : withCentury(text, today, -1);
}

export function isIsoDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!match) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function withCentury(text: string, today: IsoDate, offset: 0 | -1): IsoDate | undefined {
  if (!/^\d{6}$/.test(text)) return undefined;
  const century = Number(today.slice(0, 2)) + offset;
  const date = `${String(century).padStart(2, '0')}${text.slice(0, 2)}-${text.slice(2, 4)}-${text.slice(4, 6)}`;
  return isIsoDate(date) ? date : undefined;
}
