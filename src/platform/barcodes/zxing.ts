import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes as readSymbols } from 'zxing-wasm/reader';
import { type Barcode, type BarcodeFormat, barcodeFormats } from '../../core/barcode.ts';
import type { RgbImage } from '../../core/image.ts';

let prepared: Promise<unknown> | undefined;

/** The module is loaded from the installed package: the library would fetch it from a CDN otherwise. */
async function prepare(): Promise<void> {
  prepared ??= readFile(
    createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'),
  ).then((file) => {
    const wasmBinary = new Uint8Array(file).buffer;
    return prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  });
  await prepared;
}

/** Reads all PDF417, QR, Data Matrix and Aztec symbols of a picture with zxing-cpp, at any rotation. */
export async function readBarcodes(image: RgbImage): Promise<readonly Barcode[]> {
  await prepare();
  const pixels = { data: toRgba(image), width: image.width, height: image.height };
  // The library takes a browser's ImageData and looks at these three members only.
  const symbols = await readSymbols(pixels as Parameters<typeof readSymbols>[0], {
    formats: [...barcodeFormats],
    tryHarder: true,
    // No document prints its symbol light on dark, and looking for that takes a third of the time.
    tryInvert: false,
    maxNumberOfSymbols: 8,
    textMode: 'Plain',
  });
  return symbols
    .filter(({ isValid }) => isValid)
    .map(({ format, text, bytes, position }) => ({
      format: format as BarcodeFormat,
      text,
      bytes,
      corners: [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft],
    }));
}

function toRgba({ data, width, height }: RgbImage): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, o = 0; i < data.length; i += 3, o += 4) {
    out[o] = data[i] as number;
    out[o + 1] = data[i + 1] as number;
    out[o + 2] = data[i + 2] as number;
    out[o + 3] = 255;
  }
  return out;
}
