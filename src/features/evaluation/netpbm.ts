import type { RgbImage } from '../../core/image.ts';

/** `P5` or `P6`, width, height and the largest value, separated by white space and comments, then one white space. */
const HEADER =
  /^P([56])(?:\s+(?:#[^\n]*\n\s*)*)(\d+)(?:\s+(?:#[^\n]*\n\s*)*)(\d+)(?:\s+(?:#[^\n]*\n\s*)*)(\d+)\s/;

/**
 * Binary 8-bit PGM and PPM, the formats of older face databases; only evaluations read them.
 * Undefined when the bytes are something else or end early.
 */
export function readNetpbm(bytes: Uint8Array): RgbImage | undefined {
  if (bytes[0] !== 0x50) return undefined;
  const header = HEADER.exec(String.fromCharCode(...bytes.subarray(0, 1024)));
  if (!header) return undefined;
  const [all, kind, width, height, most] = [header[0], ...header.slice(1).map(Number)] as [
    string,
    number,
    number,
    number,
    number,
  ];
  const channels = kind === 6 ? 3 : 1;
  const pixels = bytes.subarray(all.length, all.length + width * height * channels);
  if (most !== 255 || pixels.length !== width * height * channels) return undefined;
  if (channels === 3) return { data: pixels, width, height };
  const data = new Uint8Array(pixels.length * 3);
  for (let i = 0; i < data.length; i++) data[i] = pixels[Math.floor(i / 3)] as number;
  return { data, width, height };
}
