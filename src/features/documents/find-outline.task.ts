import type { Box, Point, RgbImage } from '../../core/image.ts';
import type { Pyramid } from '../../vision/image/pyramid.ts';
import type { Quad } from '../../vision/image/transform.ts';
import type { FaceDetection } from '../../vision/tasks/detect-faces.ts';
import { clear, locateAroundZone } from '../../vision/tasks/locate-around-zone.ts';
import { type LocatedDocument, locateDocuments } from '../../vision/tasks/locate-document.ts';
import type { ZoneLines } from '../../vision/tasks/outline-from-zone.ts';
import { aspectOf, type DocumentSize, orientOutline } from '../../vision/tasks/rectify-document.ts';
import { fillsPicture } from '../../vision/tasks/text-view.ts';
import type { DecodedMrz } from './mrz-decode.ts';

/** In the picture, from the document's own top left clockwise. */
export interface Outline {
  readonly corners: Quad;
  readonly size: DocumentSize;
  /** Share of it that lies on an edge of the picture, 0…1. */
  readonly support: number;
}

type Zone = DecodedMrz & { readonly corners: Quad };

/**
 * A sound zone says where its document lies, the whole of a scan included; without one, or where nothing about it
 * convinces, the picture is searched.
 */
export function locateOutlines(
  picture: Pyramid,
  lines: ZoneLines | undefined,
  sound: Zone | undefined,
): readonly LocatedDocument[] {
  if (!sound || !lines) return locateDocuments(picture, lines);
  const { width, height } = picture.image;
  const [topLeft, , , bottomLeft] = sound.corners;
  const down = { x: bottomLeft.x - topLeft.x, y: bottomLeft.y - topLeft.y };
  const whole = orientOutline(quadOf({ x: 0, y: 0, width, height }), down);
  const filled = fillsPicture(whole, sound);
  const scan = [{ corners: whole, support: 1, area: 1, score: 0 }];
  if (filled === 'exactly') return scan;
  const around = locateAroundZone(picture, lines);
  if (around && (!filled || around.score > clear)) return [around];
  return filled ? scan : locateDocuments(picture, lines);
}

/**
 * The outline around the zone; without a zone the likeliest, unless the picture's face lies outside it: then it is a
 * frame printed on a document that fills the picture. The zone says which way is down and which size it is.
 */
export function chooseOutline(
  located: readonly LocatedDocument[],
  mrz: Zone | undefined,
  faces: readonly FaceDetection[],
  image: RgbImage,
): Outline | undefined {
  const [face] = faces.filter(({ confidence }) => confidence >= leastFaceConfidence);
  const inner = mrz?.corners ?? (face ? [middleOf(face.box)] : []);
  const best = located.find(({ corners }) => surrounds(corners, inner, image));
  if (!best) return undefined;
  const [topLeft, , , bottomLeft] = mrz?.corners ?? [];
  const down =
    topLeft && bottomLeft
      ? { x: bottomLeft.x - topLeft.x, y: bottomLeft.y - topLeft.y }
      : undefined;
  const corners = orientOutline(best.corners, down);
  return { corners, size: sizeOf(mrz, corners), support: best.support };
}

function middleOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

/** With 1 % of the picture's width of tolerance. */
function surrounds(corners: Quad, inner: readonly Point[], { width }: RgbImage): boolean {
  return inner.every(({ x, y }) =>
    corners.every((from, i) => {
      const to = corners[(i + 1) % 4] as Point;
      const length = Math.hypot(to.x - from.x, to.y - from.y);
      const inside = ((to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x)) / length;
      return inside > -0.01 * width;
    }),
  );
}

function sizeOf(mrz: Zone | undefined, corners: Quad): DocumentSize {
  const byFormat: Record<string, DocumentSize> = {
    TD1: 'ID-1',
    TD2: 'TD2',
    TD3: 'TD3',
    'MRV-A': 'TD3',
    'MRV-B': 'TD2',
    IDFRA: 'TD2',
    FRADL: 'ID-1',
    CHEDL: 'ID-1',
  };
  return byFormat[mrz?.format ?? ''] ?? (aspectOf(corners) > 1.5 ? 'ID-1' : 'TD3');
}

export function turnAround(outline: Outline): Outline {
  const [a, b, c, d] = outline.corners;
  return { ...outline, corners: [c, d, a, b] };
}

/** Patterns reach one half now and then. */
const leastFaceConfidence = 0.6;

/** Of the largest face's width: a ghost image is smaller than its portrait. */
const asLarge = 0.85;

/** Several faces of one size: no document has them, pictures of people do. */
export function isOfPeople(faces: readonly FaceDetection[]): boolean {
  const widths = faces.filter(isFace).map(({ box }) => box.width);
  const largest = Math.max(0, ...widths);
  return widths.filter((width) => width >= asLarge * largest).length > 1;
}

export function isFace({ confidence }: FaceDetection): boolean {
  return confidence >= leastFaceConfidence;
}

export function quadOf({ x, y, width, height }: Box): Quad {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}
