import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { readLetter } from './read-letter.usecase.ts';

const failing = (code: ErrorCode) => ({
  run: () => Promise.reject(new AppError(code, 'read-proof-of-address took longer than 20 s')),
});
const read = (code: ErrorCode, start: string) =>
  readLetter(failing(code), { bytes: Buffer.from(start), name: 'image', today: '2026-11-20' });

describe('a letter whose reading never ends', () => {
  it('is the fault of a PDF, and the fault of ours otherwise', async () => {
    await expect(read('vision_timeout', '%PDF-1.7')).rejects.toMatchObject({
      code: 'pdf_too_large',
      message: expect.stringContaining('`image`'),
    });
    await expect(read('vision_process_died', '%PDF-1.7')).rejects.toMatchObject({
      code: 'pdf_unreadable',
    });
    await expect(read('vision_timeout', 'JFIF')).rejects.toMatchObject({ code: 'vision_timeout' });
    await expect(read('vision_busy', '%PDF-1.7')).rejects.toMatchObject({ code: 'vision_busy' });
  });
});
