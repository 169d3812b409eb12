import { AppError } from '../../core/errors.ts';

/**
 * Rows of a CSV text (RFC 4180: quotes, doubled quotes, line breaks inside quotes; also a byte-order mark and
 * bare newlines) as objects by column name. Columns beyond `required` are kept; what a command does not know, it ignores.
 * @throws AppError evaluation_list_invalid when a required column is missing or a row has too few fields
 */
export function parseCsv<Column extends string>(
  text: string,
  required: readonly Column[],
  name: string,
): (Record<Column, string> & Record<string, string | undefined>)[] {
  const [header, ...rows] = splitRows(text.replace(/^\uFEFF/, ''));
  const columns = (header ?? []).map((column) => column.trim());
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    const detail = `${name}: the column ${missing.join(', ')} is missing; the first line must name ${required.join(', ')}`;
    throw new AppError('evaluation_list_invalid', detail);
  }
  return rows.map((fields, i) => {
    if (fields.length < columns.length) {
      const detail = `${name}: row ${i + 2} has ${fields.length} fields, expected ${columns.length}`;
      throw new AppError('evaluation_list_invalid', detail);
    }
    return Object.fromEntries(columns.map((column, c) => [column, fields[c]])) as never;
  });
}

/** A whole row, or a field inside one: quoted or up to the next comma, and what ends it. */
const FIELD = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/y;

function splitRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const match = FIELD.exec(text);
    if (!match) break;
    const [, raw = '', end] = match;
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  // A comma at the very end leaves one more, empty field.
  if (row.length > 0) rows.push([...row, '']);
  return rows;
}
