import { inflateSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';

/** Of one stream, unpacked: a page scanned in colour at 300 dots an inch has 26 MB. */
const mostUnpacked = 64_000_000;
/** Of all streams together. */
const mostInAll = 192_000_000;
/** Packed streams of one file; ten pages with their pictures and fonts have a hundred. */
const mostStreams = 5_000;
/** Graphics states in one another; writers of bills use a handful. */
const deepestStates = 1_000;

/**
 * Looks at the packed streams before the library does, which unpacks bombs whole and takes hours over states nested
 * half a million deep, without yielding.
 * @throws AppError pdf_too_large
 */
export function checkStreams(bytes: Uint8Array, name: string): void {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let left = mostInAll;
  let streams = 0;
  for (let at = file.indexOf('stream'); at >= 0; at = file.indexOf('stream', at + 6)) {
    const isEnd = file.subarray(Math.max(0, at - 3), at).toString('latin1') === 'end';
    const entries = file.subarray(Math.max(0, at - 400), at).toString('latin1');
    if (isEnd || !/FlateDecode|\/Fl\b/.test(entries.slice(entries.lastIndexOf('obj')))) continue;
    if (++streams > mostStreams) {
      throw new AppError('pdf_too_large', `\`${name}\`: it has more than ${mostStreams} streams`);
    }
    const unpacked = unpack(file.subarray(at + 6), Math.min(left, mostUnpacked), name);
    left -= unpacked.length;
    if (depthOf(unpacked) > deepestStates) {
      throw new AppError('pdf_too_large', `\`${name}\`: its drawing states are nested too deep`);
    }
  }
}

/** What is damaged is the library's to judge. */
function unpack(from: Buffer, most: number, name: string): Buffer {
  const start = from[0] === 0x0d ? 2 : 1;
  try {
    return inflateSync(from.subarray(start), { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') return Buffer.alloc(0);
    const detail = `\`${name}\`: it unpacks to more than ${most / 1e6} MB`;
    throw new AppError('pdf_too_large', detail, { cause: error });
  }
}

const [save, restore] = [0x71, 0x51];

/** Of `q` and `Q` between white space; pictures hardly ever have them so. */
function depthOf(content: Buffer): number {
  let [depth, deepest] = [0, 0];
  for (let i = 0; i < content.length; i++) {
    const byte = content[i];
    if (byte !== save && byte !== restore) continue;
    if (!isSpace(content[i - 1]) || !isSpace(content[i + 1])) continue;
    depth = byte === save ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function isSpace(byte: number | undefined): boolean {
  return byte === undefined || byte <= 0x20;
}
