import type { Box, RgbImage } from '../../core/image.ts';
import type { ModelInputSpec } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { inputSide } from '../image/tensor.ts';
import { centroid, fitSimilarity } from '../image/transform.ts';
import { type Border, cropResize, type Size, warpAffine } from '../image/warp.ts';
import { type Anchor, dlibChip } from './dlib-shape.ts';
import { meshPoint } from './mesh-face.ts';

/** Where a face is, as detector and mesh saw it; image pixels. */
export interface FaceGeometry {
  /** The detector's box (brows to chin). */
  readonly detection: Box;
  /** 468 × (x, y, z) of the mesh. */
  readonly points: Float32Array;
}

const LEFT_EYE = [33, 160, 158, 133, 153, 144];
const RIGHT_EYE = [362, 385, 387, 263, 373, 380];
const NOSE = [4, 1];
const MOUTH_LEFT = [61];
const MOUTH_RIGHT = [291];

function fivePoints(...at: readonly (readonly [number, number])[]): Anchor[] {
  const parts = [LEFT_EYE, RIGHT_EYE, NOSE, MOUTH_LEFT, MOUTH_RIGHT];
  return at.map(([x, y], i) => ({ mesh: parts[i] as number[], at: { x, y } }));
}

/** Similarity alignments by name. Left and right as seen in the picture. */
const templates: Readonly<Record<string, readonly Anchor[]>> = {
  'dlib-150': dlibChip,
  // ArcFace's reference points for 112 × 112 (insightface), as fractions.
  'arcface-112': fivePoints(
    [38.2946 / 112, 51.6963 / 112],
    [73.5318 / 112, 51.5014 / 112],
    [56.0252 / 112, 71.7366 / 112],
    [41.5493 / 112, 92.3655 / 112],
    [70.7299 / 112, 92.2041 / 112],
  ),
  // Open Model Zoo, face-reidentification-retail-0095.
  'retail-128': fivePoints(
    [0.31557, 0.46157],
    [0.68262, 0.45983],
    [0.50026, 0.64051],
    [0.34947, 0.82469],
    [0.65344, 0.82325],
  ),
  // LightQNet: eyes and the middle of the mouth.
  'eyes-mouth-96': [
    { mesh: LEFT_EYE, at: { x: 0.3419, y: 0.4616 } },
    { mesh: RIGHT_EYE, at: { x: 0.6565, y: 0.4598 } },
    { mesh: [...MOUTH_LEFT, ...MOUTH_RIGHT], at: { x: 0.5012, y: 0.824 } },
  ],
};

interface BoxCrop {
  readonly factor: number;
  /** `shift` moves the crop into the image and shrinks it if need be; the others fill beyond the edges. */
  readonly fit: 'shift' | Border;
}

/** Upright crops around the detector's box by name. */
const boxCrops: Readonly<Record<string, BoxCrop>> = {
  'box-1.4': { factor: 1.4, fit: 'black' },
  'box-1.5': { factor: 1.5, fit: 'reflect' },
  'box-2.7': { factor: 2.7, fit: 'shift' },
  'box-4.0': { factor: 4, fit: 'shift' },
};

/** Names that `alignFace` knows; a model card with another one cannot be used. */
export const alignments: readonly string[] = [...Object.keys(templates), ...Object.keys(boxCrops)];

/**
 * The picture that the model is to see, cut from the image as its card asks.
 * @throws RangeError when the card names an alignment that is not known.
 */
export function alignFace(pyramid: Pyramid, face: FaceGeometry, input: ModelInputSpec): RgbImage {
  const side = inputSide(input);
  if (templates[input.align]) return alignPoints(pyramid, face.points, input.align, side);
  const crop = boxCrops[input.align];
  if (crop) return cropBox(pyramid, face.detection, crop, side);
  throw new RangeError(`Unknown alignment ${input.align}`);
}

/** As `alignFace`, for a named similarity alignment at any side. */
export function alignPoints(
  pyramid: Pyramid,
  points: Float32Array,
  name: string,
  side: number,
  border: Border = 'black',
): RgbImage {
  const template = templates[name];
  if (!template) throw new RangeError(`Unknown alignment ${name}`);
  const chip = template.map(({ at }) => ({ x: at.x * side, y: at.y * side }));
  const face = template.map(({ mesh }) => centroid(mesh.map((index) => meshPoint(points, index))));
  return warpAffine(pyramid, fitSimilarity(chip, face), { width: side, height: side }, border);
}

function cropBox(pyramid: Pyramid, box: Box, { factor, fit }: BoxCrop, side: number): RgbImage {
  const size: Size = { width: side, height: side };
  if (fit === 'shift')
    return cropResize(pyramid, shiftedInside(box, factor, pyramid.image), size, 'edge');
  const wanted = Math.max(box.width, box.height) * factor;
  const x = box.x + box.width / 2 - wanted / 2;
  const y = box.y + box.height / 2 - wanted / 2;
  return cropResize(pyramid, { x, y, width: wanted, height: wanted }, size, fit);
}

/** Silent-Face-Anti-Spoofing's crop: the factor is cut back to what the image holds, then moved inside. */
function shiftedInside(box: Box, factor: number, { width, height }: Size): Box {
  const scale = Math.min(factor, width / box.width, height / box.height);
  const w = box.width * scale;
  const h = box.height * scale;
  const x = box.x + box.width / 2 - w / 2;
  const y = box.y + box.height / 2 - h / 2;
  return {
    x: Math.min(Math.max(x, 0), width - w),
    y: Math.min(Math.max(y, 0), height - h),
    width: w,
    height: h,
  };
}
