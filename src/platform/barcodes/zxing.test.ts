import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import type { RgbImage } from '../../core/image.ts';
import { readAllBarcodes } from '../../vision/tasks/read-barcodes.ts';
import { readBarcodes } from './zxing.ts';

const wasm = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } });

async function drawn(text: string, format: 'PDF417' | 'QRCode' | 'Aztec' | 'DataMatrix') {
  const { svg } = await writeBarcode(text, { format, scale: 3 });
  return sharp(Buffer.from(svg)).flatten({ background: '#ffffff' });
}

async function pixels(picture: Sharp): Promise<RgbImage> {
  const { data, info } = await picture
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

describe('barcodes', () => {
  it.each(['PDF417', 'QRCode', 'Aztec', 'DataMatrix'] as const)('%s is read', async (format) => {
    const image = await pixels(
      (await drawn('ANSI 6360', format)).extend({
        top: 20,
        bottom: 20,
        left: 20,
        right: 20,
        background: '#ffffff',
      }),
    );
    const [barcode] = await readBarcodes(image);
    expect(barcode).toMatchObject({ format, text: 'ANSI 6360' });
    for (const { x, y } of barcode?.corners ?? []) {
      expect(x).toBeGreaterThanOrEqual(10);
      expect(y).toBeLessThan(image.height);
    }
  });

  it('are read from faint, tightly cropped prints too', async () => {
    const picture = (await drawn('L898902C36', 'QRCode')).linear(0.12, 160).resize(54);
    const image = await pixels(picture);
    const direct = await readBarcodes(image);
    const found = await readAllBarcodes(readBarcodes, image);
    expect([...direct, ...found].map(({ text }) => text)).toContain('L898902C36');
  });

  it('are none where there are none', async () => {
    const noise = new Uint8Array(300 * 200 * 3).map((_, i) => (i * 7919) % 251);
    expect(await readAllBarcodes(readBarcodes, { data: noise, width: 300, height: 200 })).toEqual(
      [],
    );
  });
});
