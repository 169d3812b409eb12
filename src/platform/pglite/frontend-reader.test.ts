import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrontendEvent, FrontendReader } from './frontend-reader.ts';

function message(type: string, body: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, Buffer.from(body, 'latin1')]);
}

function startup(code: number, rest = ''): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, Buffer.from(rest)]);
}

const login = startup(196608, 'user\0postgres\0\0');

function readAll(...chunks: Buffer[]): FrontendEvent[] {
  const reader = new FrontendReader();
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
}

describe('frontend messages', () => {
  it('form units that end with a Sync, a simple query or a Flush, however the bytes arrive', () => {
    const body = fc.string({ unit: 'binary-ascii', maxLength: 300 });
    const unit = fc.tuple(
      fc.array(fc.tuple(fc.constantFrom('P', 'B', 'D', 'E', 'C'), body), { maxLength: 4 }),
      fc.constantFrom('S', 'Q', 'H'),
      body,
    );
    const cuts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 6 }), cuts, (units, sizes) => {
        const expected = units.map(([messages, end, endBody]) => ({
          bytes: Buffer.concat([
            ...messages.map(([type, text]) => message(type, text)),
            message(end, endBody),
          ]),
          complete: end !== 'H',
        }));
        let rest = Buffer.concat([login, ...expected.map(({ bytes }) => bytes)]);
        const chunks: Buffer[] = [];
        for (let i = 0; rest.length > 0; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          chunks.push(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        const [first, ...events] = readAll(...chunks);
        expect(first).toEqual({ type: 'startup' });
        expect(events).toEqual(
          expected.map(({ bytes, complete }) => ({
            type: 'unit',
            unit: { bytes: Uint8Array.from(bytes), complete },
          })),
        );
      }),
    );
  });

  it('start with a refused request for encryption, if the client makes one', () => {
    const events = readAll(startup(80877103), login, message('X', ''));
    expect(events.map(({ type }) => type)).toEqual(['refuse-encryption', 'startup', 'end']);
  });

  it('end the connection that only asks to cancel another', () => {
    expect(readAll(startup(80877102, '12345678'))).toEqual([{ type: 'end' }]);
  });

  it('are refused when they are none', () => {
    expect(() => readAll(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toThrow(RangeError);
    expect(() => readAll(startup(131072))).toThrow(RangeError);
    expect(() => readAll(login, Buffer.from([0x51, 0xff, 0xff, 0xff, 0xff]))).toThrow(RangeError);
    expect(() => readAll(login, Buffer.from([0x51, 0x7f, 0, 0, 0]))).toThrow(RangeError);
  });
});
