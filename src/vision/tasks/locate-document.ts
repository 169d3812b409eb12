import type { Point, RgbImage } from '../../core/image.ts';
import { closeStrokes, openStrokes } from '../image/closing.ts';
import { measureSteps } from '../image/colour-steps.ts';
import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { resize, type Size } from '../image/warp.ts';
import { combineBorders } from './combine-borders.ts';
import { findBorders } from './find-borders.ts';
import { printIn } from './measure-quad.ts';
import {
  aspectOfZone,
  outlinesFromZone,
  surroundsZone,
  type ZoneLines,
} from './outline-from-zone.ts';
import { rankQuad } from './rank-quad.ts';
import { documentSizes } from './rectify-document.ts';
import { refineQuad } from './refine-quad.ts';
import { snapQuad } from './snap-quad.ts';

/** A document's outline, clockwise in the picture; which corner is its own top left is not known here. */
export interface LocatedDocument {
  readonly corners: Quad;
  /** Share of the outline that lies on an edge of the picture, 0…1. */
  readonly support: number;
  /** Share of the picture that it covers. */
  readonly area: number;
  /** How much speaks for it; above `convincing` it is hardly ever wrong. */
  readonly score: number;
  /** Share of its inside that is print or picture, 0…1; absent where that was not measured. */
  readonly print?: number;
}

/** Pixels of the picture that is searched for borders. */
const searchArea = 400 * 300;
/** Less shows no document. */
const leastPicture = 16;
/** Texture up to twice this width, in pixels of the search, is taken out. */
const strokeRadius = 3;
/** A change of colour counts from here and up to there. */
const leastStep = 1.6;
const mostStep = 12;
/** Score from which a find is not questioned; less than the other speaks for chance. */
const convincing = 10.5;
const leastScore = 5;
/** Rough outlines of a look, of those about one place, and how many of all are measured at full resolution. */
const mostRough = 8;
const mostOfPlace = 6;
const mostRefined = 7;
/** Outlines about the zone come likeliest first. */
const mostAboutZone = 5;
/** Share of the picture's longer side by which candidates must differ. */
const leastDifference = 0.012;
/** What speaks against an outline beside the zone, and against one that only a later look shows. */
const besideZone = 1.9;
const laterLook = 0.9;
/** The share by which a scan's proportions may differ from a document's, and of it that an outline in it may cover. */
const scanTolerance = 0.03;
const mostInScan = 0.5;

/**
 * The picture as it is searched: without dark and light texture, as it is, and without dark print. The first misleads
 * least, the others hide less.
 */
const looks: readonly ((image: RgbImage) => RgbImage)[] = [
  (image) => openStrokes(closeStrokes(image, strokeRadius), strokeRadius),
  (image) => image,
  (image) => closeStrokes(image, strokeRadius),
];

/**
 * Finds documents by their straight outline, likeliest first; empty when nothing has four sides. A zone says where
 * the outline must be. Further looks are taken only until one convinces.
 */
export function locateDocuments(picture: Pyramid, zone?: ZoneLines): readonly LocatedDocument[] {
  const { width, height } = picture.image;
  if (Math.min(width, height) < leastPicture) return [];
  const scale = Math.min(1, Math.sqrt(searchArea / (width * height)));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const small = resize(picture, size);
  let found: readonly LocatedDocument[] = [];
  for (const [i, look] of looks.entries()) {
    const aboutZone = zone && i === 0 ? outlinesFromZone(picture, zone) : [];
    const rough = [...aboutZone.slice(0, mostAboutZone), ...searchIn(look(small), 1 / scale)];
    const handicap = i > 0 ? laterLook : 0;
    found = [...found, ...polish(picture, rough, zone, handicap)].sort(byScore);
    if ((found[0]?.score ?? 0) >= convincing) break;
  }
  const documents = distinct(found.filter(({ score }) => score >= leastScore)).map((document) => ({
    ...document,
    print: printIn(picture, document.corners),
  }));
  return isScan(picture.image, documents) ? [wholeOf(picture.image), ...documents] : documents;
}

function byScore(a: LocatedDocument, b: LocatedDocument): number {
  return b.score - a.score;
}

/** Outlines in pixels of the full picture, best first; `enlarge` takes them there. */
function searchIn(small: RgbImage, enlarge: number): readonly Quad[] {
  const borders = findBorders(measureSteps(small, leastStep, mostStep));
  const apart = leastDifference * Math.max(small.width, small.height);
  const kept: Quad[] = [];
  for (const { corners } of combineBorders(borders, small)) {
    const about = kept.filter((other) => isAbout(corners, other));
    const isNew = about.every((other) => differ(corners, other) > apart);
    if (isNew && about.length < mostOfPlace) kept.push(corners);
    if (kept.length === mostRough) break;
  }
  return kept.map(
    (corners) => corners.map(({ x, y }) => ({ x: x * enlarge, y: y * enlarge })) as unknown as Quad,
  );
}

/** Each side moved to the true one; best first. */
function polish(
  picture: Pyramid,
  rough: readonly Quad[],
  zone: ZoneLines | undefined,
  handicap: number,
): readonly LocatedDocument[] {
  const aspect = zone && aspectOfZone(zone);
  const rank = (corners: Quad) => {
    const ranked = rankQuad(picture, corners, aspect);
    const isBeside = zone && !surroundsZone(corners, zone);
    return { ...ranked, corners, score: ranked.score - handicap - (isBeside ? besideZone : 0) };
  };
  return rough
    .flatMap((corners) => [rank(corners), rank(snapQuad(picture, corners))])
    .sort(byScore)
    .slice(0, mostRefined)
    .map(({ corners }) => rank(refineQuad(picture, corners, picture.image)));
}

/** Largest distance of a corner from the nearest one of the other outline. */
function differ(a: Quad, b: Quad): number {
  return Math.max(...a.map((p) => Math.min(...b.map((q) => distance(p, q)))));
}

/** Whether an outline is about the place of another: their middles are near for the size of the other. */
function isAbout(outline: Quad, other: Quad): boolean {
  return distance(middle(outline), middle(other)) < 0.45 * distance(other[0], other[2]);
}

/** Of the outlines about one place the best. */
function distinct(candidates: readonly LocatedDocument[]): readonly LocatedDocument[] {
  const kept: LocatedDocument[] = [];
  for (const candidate of candidates) {
    if (kept.every(({ corners }) => !isAbout(candidate.corners, corners))) kept.push(candidate);
    if (kept.length === 4) break;
  }
  return kept;
}

/**
 * Whether the picture is the document: cut to its proportions, which those of cameras are not, with nothing in it
 * that convinces or is large.
 */
function isScan({ width, height }: Size, [first]: readonly LocatedDocument[]): boolean {
  if (first && (first.score >= convincing || first.area > mostInScan)) return false;
  const ratio = Math.log(Math.max(width, height) / Math.min(width, height));
  return Object.values(documentSizes).some(
    (size) => Math.abs(ratio - Math.log(size.width / size.height)) < scanTolerance,
  );
}

function wholeOf({ width, height }: Size): LocatedDocument {
  const corners: Quad = [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
  return { corners, support: 1, area: 1, score: leastScore };
}

function middle(corners: Quad): Point {
  return {
    x: corners.reduce((sum, { x }) => sum + x, 0) / 4,
    y: corners.reduce((sum, { y }) => sum + y, 0) / 4,
  };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
