import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { parseCsv } from './csv.ts';

describe('parseCsv', () => {
  it('reads quotes, line ends of both kinds, a byte-order mark and further columns', () => {
    const text = '\uFEFFfile_a,file_b,note\r\na.jpg,"b ""x"", y.jpg","two\nlines"\n\nc.jpg,d.jpg,';
    expect(parseCsv(text, ['file_a', 'file_b'], 'pairs')).toEqual([
      { file_a: 'a.jpg', file_b: 'b "x", y.jpg', note: 'two\nlines' },
      { file_a: 'c.jpg', file_b: 'd.jpg', note: '' },
    ]);
  });

  it('reads back what it is given', () => {
    const cell = fc.string().filter((text) => !text.includes('\r'));
    const rows = fc.array(
      fc.tuple(
        cell,
        cell.filter((text) => text !== ''),
      ),
    );
    fc.assert(
      fc.property(rows, (table) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = ['a,b', ...table.map(([a, b]) => `${quote(a)},${quote(b)}`)].join('\n');
        expect(parseCsv(text, ['a', 'b'], 'list')).toEqual(table.map(([a, b]) => ({ a, b })));
      }),
    );
  });

  it('names the column that is missing and the row that is short', () => {
    expect(() => parseCsv('file_a,same\nx,1', ['file_a', 'file_b'], 'pairs')).toThrow(
      new AppError(
        'evaluation_list_invalid',
        'pairs: the column file_b is missing; the first line must name file_a, file_b',
      ),
    );
    expect(() => parseCsv('a,b\n1,2\n3', ['a'], 'pairs')).toThrow('pairs: row 3 has 1 fields');
  });
});
