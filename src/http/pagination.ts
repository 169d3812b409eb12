import { z } from 'zod';
import { AppError } from '../core/errors.ts';

/** Query of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('Entries of one page.'),
  cursor: z
    .string()
    .max(2_000)
    .optional()
    .describe('`next_cursor` of the page before; its form may change.'),
};

/** Body of every list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    next_cursor: z.string().nullable().describe('Null on the last page.'),
  });
}

/** Where the next page starts, as text that says nothing about our columns. */
export function encodeCursor(lastKey: string): string {
  return Buffer.from(lastKey, 'utf8').toString('base64url');
}

/**
 * The key of the last row before this page. `isKey` tells whether it could be one of this list: a made-up cursor must
 * not look like the end of it.
 * @throws AppError validation_failed when it is none of ours
 */
export function decodeCursor<Key extends string>(
  cursor: string | undefined,
  isKey: (key: string) => key is Key,
): Key | undefined {
  if (cursor === undefined) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (encodeCursor(key) === cursor && isKey(key)) return key;
  throw new AppError('validation_failed', undefined, {
    errors: [{ pointer: '/cursor', detail: 'is not a cursor of this list' }],
  });
}

/** One page out of `limit + 1` rows: the one too many says that there is a next page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): { data: Item[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { data: page.map(toItem), next_cursor: hasMore ? encodeCursor(keyOf(last)) : null };
}
