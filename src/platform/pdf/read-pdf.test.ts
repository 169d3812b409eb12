import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { drawPdf } from '../../../test/support/draw-pdf.ts';
import { readPdf } from './read-pdf.ts';

it('refuses a PDF with broken pages, of which the library leaves a failure unheard, and lives on', async () => {
  const page = { texts: [{ text: 'Text', x: 20, y: 40 }] };
  const file = Buffer.from(drawPdf([page, page, page]));
  file.fill(0, file.indexOf('4 0 obj') + 16, file.indexOf('7 0 obj') + 8);
  // The test runner would report what this test is about.
  const ofRunner = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  try {
    await expect(readPdf(file, 'file')).rejects.toMatchObject({ code: 'pdf_unreadable' });
    await sleep(100);
    const [ours] = process.listeners('unhandledRejection');
    const elsewhere = new Error('a fault of our own');
    expect(() => ours?.(elsewhere, Promise.resolve())).toThrow(elsewhere);
  } finally {
    for (const listener of ofRunner) process.on('unhandledRejection', listener);
  }
});
