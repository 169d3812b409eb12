import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkStreams } from './check-streams.ts';

/** One packed stream as it stands in a file. */
function file(content: Buffer, entries = '/Filter /FlateDecode'): Uint8Array {
  const head = Buffer.from(`%PDF-1.7\n4 0 obj\n<< ${entries} >>\nstream\n`);
  return Buffer.concat([head, deflateSync(content), Buffer.from('\nendstream\nendobj\n')]);
}

describe('streams of a PDF', () => {
  it('of ordinary size and depth pass, damaged ones too', () => {
    checkStreams(file(Buffer.from('q BT (A) Tj ET Q '.repeat(5_000))), 'proof');
    checkStreams(file(Buffer.alloc(30_000_000)), 'proof');
    checkStreams(Buffer.from('<< /FlateDecode >>\nstream\nnot packed\nendstream'), 'proof');
    checkStreams(Buffer.from('stream'), 'proof');
  });

  it('that are bombs are refused by name', () => {
    const tooLarge = expect.objectContaining({
      code: 'pdf_too_large',
      message: expect.stringContaining('`proof`'),
    });
    expect(() => checkStreams(file(Buffer.alloc(70_000_000)), 'proof')).toThrow(tooLarge);
    expect(() => checkStreams(file(Buffer.from('q '.repeat(2_000))), 'proof')).toThrow(tooLarge);
  });
});
