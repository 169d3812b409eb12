import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawPdf, utopianBill } from '../../../test/support/draw-pdf.ts';
import { openTaskPorts } from '../../../test/support/task-ports.ts';
import { matchProof } from './proof-of-address.ts';
import { readProofOfAddress } from './read-proof.task.ts';

const today = '2026-11-20';
const ports = openTaskPorts([]);
const read = (bytes: Uint8Array) => readProofOfAddress.run(ports, { bytes, name: 'proof', today });
const expected = { name: 'Anna Legrand', address: '24 Lake St, 10437 Zenith' };

/** The bill as a scanner or camera sees it. */
async function picture() {
  const texts = utopianBill.map(
    ({ text, x, y, size = 11 }) => `<text x="${x}" y="${y}" font-size="${size}">${text}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1190" height="1684" viewBox="0 0 595 842" font-family="DejaVu Sans, sans-serif"><rect width="595" height="842" fill="#f7f6f2"/>${texts.join('')}</svg>`;
  return new Uint8Array(await sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer());
}

describe('a bill', () => {
  it('is read from the text layer of its PDF', async () => {
    const answer = await read(drawPdf([{ texts: utopianBill }]));
    expect(answer).toMatchObject({
      source: 'text_layer',
      pages: 1,
      issueDate: '2026-10-12',
      issueDateBy: 'label',
    });
    expect(answer.blocks).toEqual([
      { name: 'Utopia Power Ltd', lines: ['1 Dam Road', '10000 Zenith'] },
      { name: 'Anna Maria Legrand', lines: ['24 Lake Street', '10437 Zenith'] },
    ]);
    expect(matchProof(answer, expected)).toEqual({ name: 100, address: 100 });
  });

  it('is read from a scan inside a PDF, and from a photo', async () => {
    const bytes = await picture();
    const scan = drawPdf([{ jpeg: { bytes, width: 1190, height: 1684 } }]);
    for (const answer of [await read(scan), await read(bytes)]) {
      expect(answer.source).toBe('ocr');
      expect(answer.issueDate).toBe('2026-10-12');
      expect(matchProof(answer, expected)).toEqual({ name: 100, address: 100 });
    }
  });

  it('of somebody else, or of next door, does not match', async () => {
    const answer = await read(drawPdf([{ texts: utopianBill }]));
    expect(matchProof(answer, { name: 'Berta Legrand' }).name).toBe(50);
    const nextDoor = matchProof(answer, { address: '26 Lake Street, 10437 Zenith' });
    expect(nextDoor.address).toBeLessThan(80);
    expect(matchProof(answer, {})).toEqual({});
  });
});

describe('a PDF that is none of our business', () => {
  it('is refused in words', async () => {
    const refusals: [Uint8Array, string][] = [
      [new Uint8Array(Buffer.from('%PDF-1.7\nnothing else')), 'pdf_unreadable'],
      [drawPdf(Array.from({ length: 20 }, () => ({ texts: utopianBill }))), 'pdf_too_large'],
      [drawPdf([{ texts: utopianBill, width: 1e6, height: 1e6 }]), 'pdf_too_large'],
      [new Uint8Array(), 'image_missing'],
    ];
    for (const [bytes, code] of refusals) await expect(read(bytes)).rejects.toMatchObject({ code });
  });

  it('runs none of its scripts', async () => {
    const script =
      '/OpenAction << /S /JavaScript /JS (globalThis.wasRun = true; app.alert\\(1\\)) >>';
    const answer = await read(drawPdf([{ texts: utopianBill }], script));
    expect(answer.blocks).toHaveLength(2);
    expect(globalThis).not.toHaveProperty('wasRun');
  });
});
