import { describe, expect, it } from 'vitest';
import { parseJsonBody } from './json-body.ts';
import { createJsonParser } from './json-parser.ts';

const binary = { paths: [['source', 'bytes']], maxBytes: 3_000_000 };
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

describe('a JSON body', () => {
  it('has its image fields decoded, and nothing else', () => {
    expect(parseJsonBody(bytesOf({ source: { bytes: 'AQID' }, other: 'AQID' }), binary)).toEqual({
      source: { bytes: Buffer.from([1, 2, 3]) },
      other: 'AQID',
    });
  });

  it('that names the prototype gets no further than its own field', () => {
    const value = parseJsonBody(
      new TextEncoder().encode(
        '{"__proto__": {"polluted": 1}, "source": {"__proto__": {"bytes": "AQID"}}}',
      ),
      binary,
    );
    expect(Object.hasOwn(Object(value), '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each([
    ['broken', '{"name": "Jane', 'request_rejected'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'request_rejected'],
    ['not base64', '{"source": {"bytes": "%"}}', 'validation_failed'],
    ['too large', `{"source": {"bytes": "${'A'.repeat(4_000_004)}"}}`, 'image_too_large'],
  ])('that is %s is refused without a word of it', (_kind, text, code) => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const parse = () => parseJsonBody(bytes, binary);
    expect(parse).toThrow(expect.objectContaining({ code }));
    expect(parse).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('Jane') }),
    );
  });

  it('is parsed alike on the thread, where large ones go', async () => {
    const parser = createJsonParser();
    const image = Buffer.alloc(1_200_000, 7);
    const body = (text: string) => bytesOf({ source: { bytes: text }, threshold: 80 });
    try {
      const value = await parser.parse(body(image.toString('base64')), binary);
      expect(value).toMatchObject({ threshold: 80 });
      expect(
        Buffer.compare(Reflect.get(Object(Reflect.get(Object(value), 'source')), 'bytes'), image),
      ).toBe(0);
      await expect(
        parser.parse(body(`${image.toString('base64')}%`), binary),
      ).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '/source/bytes' }],
      });
    } finally {
      await parser.close();
    }
  });
});
