import { describe, expect, it } from 'vitest';
import { StatementCache } from './statement-cache.ts';

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, Buffer.from(body, 'latin1')]);
}

/** As pg sends a statement with one value: Parse, Bind, Describe of the portal, Execute, Sync. */
const unit = (text: string, describes = 'P') =>
  Buffer.concat([
    message('P', `\0${text}\0\0\0`),
    message('B', '\0\0\0\0\0\x01\0\0\0\x011\0\0'),
    message('D', `${describes}\0`),
    message('E', '\0\0\0\0\0'),
    message('S', ''),
  ]);
const simple = (text: string) => message('Q', `${text}\0`);

/** The types of the messages, and the statement's name where there is one. */
function read(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const seen: string[] = [];
  for (let at = 0; at < buffer.length; at += buffer.readInt32BE(at + 1) + 1) {
    const type = String.fromCharCode(buffer[at] as number);
    const start = at + (type === 'B' ? 6 : 5);
    const name = buffer.toString('latin1', start, buffer.indexOf(0, start));
    seen.push('PB'.includes(type) && name !== '' ? `${type}:${name}` : type);
  }
  return seen.join(' ');
}

const accepted = { parse: Buffer.from('1'), bind: Buffer.from('2'), refusal: Buffer.from('E') };

describe('statement cache', () => {
  it('leaves a statement alone at first, prepares it at the third time, then only binds it', () => {
    const cache = new StatementCache();
    for (const _ of [1, 2]) expect(read(cache.rewrite(unit('a')).bytes)).toBe('P B D E S');
    const third = cache.rewrite(unit('a'));
    expect(read(third.bytes)).toBe('P:kept_1 B:kept_1 D E S');
    expect(third.prologue).toBeUndefined();
    third.judge?.(accepted.parse);
    const fourth = cache.rewrite(unit('a'));
    expect(read(fourth.bytes)).toBe('B:kept_1 D E S');
    expect([...(fourth.prologue ?? [])]).toEqual([...message('1', '')]);
  });

  it('keeps statements apart by text and by the types of their parameters', () => {
    const cache = new StatementCache();
    for (const text of ['a', 'b', 'a', 'b', 'a']) cache.rewrite(unit(text));
    expect(read(cache.rewrite(unit('b')).bytes)).toContain('P:kept_2');
    const typed = Buffer.concat([message('P', '\0a\0\0\x01\0\0\0\x17'), unit('a').subarray(10)]);
    expect(read(cache.rewrite(typed).bytes)).toMatch(/^P /);
  });

  it('prepares a statement anew when the backend has refused it', () => {
    const cache = new StatementCache();
    for (const _ of [1, 2]) cache.rewrite(unit('a'));
    cache.rewrite(unit('a')).judge?.(accepted.parse);
    cache.rewrite(unit('a')).judge?.(accepted.bind);
    cache.rewrite(unit('a')).judge?.(accepted.refusal);
    for (const _ of [1, 2]) expect(read(cache.rewrite(unit('a')).bytes)).toBe('P B D E S');
    expect(read(cache.rewrite(unit('a')).bytes)).toContain('P:kept_2 B:kept_2');
  });

  it.each([
    ['asks for the description of the statement', unit('a', 'S')],
    ['is named by the client', Buffer.concat([message('P', 'mine\0a\0\0\0'), message('S', '')])],
    ['is a simple query', simple('select 1')],
    ['waits for more', Buffer.concat([unit('a').subarray(0, -5), message('H', '')])],
    ['holds two statements', Buffer.concat([unit('a').subarray(0, -5), unit('b')])],
  ])('never touches what %s', (_, bytes) => {
    const cache = new StatementCache();
    for (let i = 0; i < 6; i++) expect(cache.rewrite(bytes).bytes).toBe(bytes);
  });

  it('is spent when it is full, or when the schema has changed', () => {
    const cache = new StatementCache(2);
    for (const text of ['a', 'b', 'c']) {
      for (const _ of [1, 2, 3]) cache.rewrite(unit(text)).judge?.(accepted.parse);
    }
    expect(cache.isSpent).toBe(true);
    expect(read(cache.rewrite(unit('c')).bytes)).toBe('P B D E S');
    cache.clear();
    expect(cache.isSpent).toBe(false);
    expect(read(cache.rewrite(unit('a')).bytes)).toBe('P B D E S');
    cache.rewrite(simple('begin'));
    expect(cache.isSpent).toBe(false);
    cache.rewrite(simple('-- comment\nALTER table x add column y int'));
    expect(cache.isSpent).toBe(true);
  });
});
