import type { Box, RgbImage } from '../../core/image.ts';
import type { ModelRef } from '../../core/model.ts';
import type { TaskPorts } from '../../core/task.ts';
import { rotateQuarters } from '../../vision/image/warp.ts';
import { cropPortrait } from '../../vision/tasks/crop-portrait.ts';
import { cosineSimilarity } from '../../vision/tasks/embed-face.ts';
import { type AnalysedFace, analyseFaces } from '../faces/index.ts';

/** The photograph on a document, and the smaller repetition of it that many have. */
export interface Portraits {
  readonly box: Box;
  /** 0…1: that it is a face. */
  readonly confidence: number;
  readonly ghost?: GhostImage;
  /** JPEG of the portrait with room around it, upright; on request. */
  readonly jpeg?: Uint8Array;
  /** The document was on its head: boxes are of it turned around. */
  readonly isOnHead: boolean;
  readonly models: readonly ModelRef[];
}

export interface GhostImage {
  readonly box: Box;
  /** −1…1, to the portrait; a faint or tiny repetition resembles less than a good one of the same person. */
  readonly cosine: number;
}

export interface PortraitOptions {
  /** What refusals call the picture. */
  readonly name: string;
  /** Whether up is known to be up. */
  readonly isUpright: boolean;
  /** A flattened document has a head and a foot only; a whole picture may lie on its side. */
  readonly isFlat: boolean;
  readonly wantsJpeg: boolean;
}

/** Upside down a face is now and then taken for one, never this surely. */
const leastConfidence = 90;
/** Of the portrait's width: two people on one document would be of one size. */
const widestGhost = 0.85;

/** The largest face of a flattened document, or of a picture, and a smaller one beside it. */
export async function findPortraits(
  ports: TaskPorts,
  image: RgbImage,
  { name, isUpright, isFlat, wantsJpeg }: PortraitOptions,
): Promise<Portraits | undefined> {
  const common = { name, anyTurn: !isUpright } as const;
  // A first glance costs little, and most pictures without a portrait need no second.
  const glance = await analyseFaces.run(ports, { ...common, image, scope: 'glance' });
  if (glance.faces.length === 0) return undefined;
  const isOnHead = isFlat && glance.turned === 2;
  const seen = isOnHead ? rotateQuarters(image, 2) : image;
  const { faces, turned, models } = await analyseFaces.run(ports, {
    name,
    anyTurn: !isUpright && !isFlat,
    image: seen,
    scope: 'all',
    embed: 'all',
  });
  const [portrait, ...others] = faces.filter(({ confidence }) => confidence >= leastConfidence);
  if (!portrait) return undefined;
  const ghost = others.find(({ box }) => box.width <= widestGhost * portrait.box.width);
  const jpeg = wantsJpeg && (await ports.encodeJpeg(cropPortrait(seen, portrait, turned), 90));
  return {
    box: portrait.box,
    confidence: portrait.confidence / 100,
    ...(ghost && { ghost: { box: ghost.box, cosine: compare(portrait, ghost) } }),
    ...(jpeg && { jpeg }),
    isOnHead,
    models,
  };
}

function compare(a: AnalysedFace, b: AnalysedFace): number {
  return a.embedding && b.embedding ? cosineSimilarity(a.embedding, b.embedding) : 0;
}
