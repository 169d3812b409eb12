import type { Barcode } from '../../core/barcode.ts';
import type { Point, RgbImage } from '../../core/image.ts';
import { toLuma } from '../image/luma.ts';
import { cropResize } from '../image/warp.ts';

type Reader = (image: RgbImage) => Promise<readonly Barcode[]>;

/** Larger pictures are not enlarged further. */
const largestSide = 2400;

/** Another look at the picture, and where its pixels come from: `source = scale · pixel + offset`. */
interface View {
  readonly image: RgbImage;
  readonly scale: number;
  readonly offset: Point;
}

/**
 * Reads what the library reads from the raw picture; only when that gives nothing, other views of it: enlarged,
 * smoothed, binarised, with a quiet zone, in overlapping parts. The first view that gives a symbol ends the search;
 * `mostViews` bounds it where a barcode is only a possibility.
 */
export async function readAllBarcodes(
  read: Reader,
  image: RgbImage,
  mostViews = Number.POSITIVE_INFINITY,
): Promise<readonly Barcode[]> {
  const direct = await read(image);
  if (direct.length > 0) return direct;
  for (const makeView of views(image).slice(0, mostViews)) {
    const view = makeView();
    const found = await read(view.image);
    if (found.length > 0) return found.map((barcode) => toSource(barcode, view));
  }
  return [];
}

/** Cheap and likely ones first; each is made when its turn comes. */
function views(image: RgbImage): (() => View)[] {
  const longest = Math.max(image.width, image.height);
  const isSmall = longest * 2 <= largestSide;
  return [
    () => binarised(withQuietZone(whole(image)), 0.5),
    ...(isSmall ? [2, 3].map((factor) => () => scaled(withQuietZone(whole(image)), factor)) : []),
    ...(isSmall ? [() => binarised(scaled(withQuietZone(whole(image)), 2), 0.5)] : []),
    () => scaled(withQuietZone(whole(image)), 0.5),
    ...[0.35, 0.65].map((share) => () => binarised(withQuietZone(whole(image)), share)),
    ...(longest > 1200 ? parts(image) : []),
  ];
}

function whole(image: RgbImage): View {
  return { image, scale: 1, offset: { x: 0, y: 0 } };
}

function scaled({ image, scale, offset }: View, factor: number): View {
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const box = { x: 0, y: 0, width: image.width, height: image.height };
  return {
    image: cropResize(image, box, { width, height }, 'edge'),
    scale: scale / factor,
    offset,
  };
}

/** Symbols cropped to their edge lack the white margin that finders look for. */
function withQuietZone({ image, scale, offset }: View): View {
  const margin = Math.ceil(0.08 * Math.max(image.width, image.height)) + 8;
  const width = image.width + 2 * margin;
  const data = new Uint8Array(width * (image.height + 2 * margin) * 3).fill(255);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((y + margin) * width + margin) * 3);
  }
  return {
    image: { data, width, height: image.height + 2 * margin },
    scale,
    offset: { x: offset.x - margin * scale, y: offset.y - margin * scale },
  };
}

/** Black and white at a share of the way from the 2nd to the 98th percentile of brightness. */
function binarised({ image, scale, offset }: View, share: number): View {
  const luma = toLuma(image).data;
  const counts = new Uint32Array(256);
  for (const value of luma) counts[value] = (counts[value] as number) + 1;
  const low = percentile(counts, luma.length, 0.02);
  const high = percentile(counts, luma.length, 0.98);
  const threshold = low + share * (high - low);
  const data = new Uint8Array(luma.length * 3);
  for (let i = 0; i < luma.length; i++) {
    if ((luma[i] as number) > threshold) data.fill(255, i * 3, i * 3 + 3);
  }
  return { image: { data, width: image.width, height: image.height }, scale, offset };
}

function percentile(counts: Uint32Array, total: number, share: number): number {
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    sum += counts[value] as number;
    if (sum >= share * total) return value;
  }
  return 255;
}

/** Halves of the picture, overlapping: a symbol that fills little of a large photo is found in its own part. */
function parts(image: RgbImage): (() => View)[] {
  const width = Math.round(image.width * 0.6);
  const height = Math.round(image.height * 0.6);
  const corners = [0, image.width - width].flatMap((x) =>
    [0, image.height - height].map((y) => ({ x, y })),
  );
  return corners.map((corner) => () => {
    const box = { ...corner, width, height };
    return { image: cropResize(image, box, { width, height }, 'edge'), scale: 1, offset: corner };
  });
}

function toSource(barcode: Barcode, { scale, offset }: View): Barcode {
  const [a, b, c, d] = barcode.corners.map(({ x, y }) => ({
    x: x * scale + offset.x,
    y: y * scale + offset.y,
  })) as [Point, Point, Point, Point];
  return { ...barcode, corners: [a, b, c, d] };
}
