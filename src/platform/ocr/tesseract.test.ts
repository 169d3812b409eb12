import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import type { TextPicture } from '../../core/text.ts';
import { readText } from './tesseract.ts';

async function print(lines: readonly string[], width = 700): Promise<TextPicture> {
  const rows = lines.map((line, i) => `<text x="30" y="${60 + 70 * i}">${line}</text>`).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${40 + 70 * lines.length}" font-family="DejaVu Sans, sans-serif" font-size="30"><rect width="100%" height="100%" fill="#eef"/>${rows}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

describe('the reader of printed text', () => {
  it('reads words with accents where they stand, without network and without files', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch');
    const before = await readdir(process.cwd());
    const words = await readText(await print(['ERIKSSON Zoé', '12.08.1974']));
    expect(words.map(({ text }) => text).sort()).toEqual(['12.08.1974', 'ERIKSSON', 'Zoé']);
    const date = words.find(({ text }) => text === '12.08.1974');
    expect(date?.box.x).toBeGreaterThan(20);
    expect(date?.box.x).toBeLessThan(40);
    expect(date?.box.y).toBeGreaterThan(95);
    expect(date?.box.y).toBeLessThan(112);
    expect(date?.confidence).toBeGreaterThan(70);
    expect(fetched).not.toHaveBeenCalled();
    expect(await readdir(process.cwd())).toEqual(before);
  });

  it('reads a single line', async () => {
    const words = await readText(await print(['D23145890']), 'line');
    expect(words.map(({ text }) => text)).toEqual(['D23145890']);
  });

  it('finds nothing on an empty picture', async () => {
    const data = new Uint8Array(300 * 200).fill(200);
    expect(await readText({ data, width: 300, height: 200 })).toEqual([]);
  });
});
