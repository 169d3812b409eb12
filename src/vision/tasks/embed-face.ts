import { AppError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type { InferenceSession, ModelRef, Tensor } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { flipHorizontal } from '../image/warp.ts';
import { alignFace, type FaceGeometry } from './align-face.ts';

/** A face as one model sees it. Unit length, so that the cosine is the dot product. */
export interface FaceVector {
  readonly model: ModelRef;
  readonly vector: Float32Array;
}

/** One vector for each model of the pack, in pack order. Several models are fused by the mean of their cosines. */
export type FaceEmbedding = readonly FaceVector[];

/** Embeds the face and its mirror image with every model; their sum cancels what depends on the side. */
export async function embedFace(
  sessions: readonly InferenceSession[],
  pyramid: Pyramid,
  face: FaceGeometry,
): Promise<FaceEmbedding> {
  const vectors: FaceVector[] = [];
  for (const session of sessions) {
    const chip = alignFace(pyramid, face, session.input);
    vectors.push({ model: session.model, vector: await embedChip(session, chip) });
  }
  return vectors;
}

/**
 * Mean of the cosines of the models, −1…1.
 * @throws AppError model_mismatch when the two were not computed by the same models
 */
export function cosineSimilarity(a: FaceEmbedding, b: FaceEmbedding): number {
  if (a.length !== b.length || a.length === 0) throw mismatch(a, b);
  let sum = 0;
  for (const [i, { model, vector }] of a.entries()) {
    const other = b[i];
    if (model.sha256 !== other?.model.sha256) throw mismatch(a, b);
    sum += dot(vector, other.vector);
  }
  return sum / a.length;
}

async function embedChip(session: InferenceSession, chip: RgbImage): Promise<Float32Array> {
  const mirror = flipHorizontal(chip);
  // A graph with a free batch takes both at once, which is a fifth cheaper.
  if (typeof session.input.shape[0] === 'string') {
    const both = stack(toTensor(chip, session.input), toTensor(mirror, session.input));
    const { data } = await infer(session, both);
    const half = data.length / 2;
    return unitSum(data.subarray(0, half), data.subarray(half));
  }
  const one = await infer(session, toTensor(chip, session.input));
  const two = await infer(session, toTensor(mirror, session.input));
  return unitSum(one.data, two.data);
}

function stack(a: Tensor, b: Tensor): Tensor {
  const data = new Float32Array(a.data.length * 2);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return { data, shape: [2, ...a.shape.slice(1)] };
}

async function infer(session: InferenceSession, input: Tensor): Promise<Tensor> {
  const outputs = await session.run({ [session.inputNames[0] as string]: input });
  const output = outputs[session.outputNames[0] as string];
  if (!output) throw new RangeError('The embedding model gave no output');
  return output;
}

/** Sum of both, at unit length. Each weighs by its own length, which grows with the model's certainty. */
function unitSum(a: Float32Array, b: Float32Array): Float32Array {
  const sum = a.map((value, i) => value + (b[i] as number));
  const length = Math.sqrt(dot(sum, sum));
  // A zero vector means that the model saw nothing: better no answer than one that matches anybody.
  if (!(length > 0 && Number.isFinite(length))) throw new RangeError('The embedding is empty');
  return sum.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function mismatch(a: FaceEmbedding, b: FaceEmbedding): AppError {
  const names = (embedding: FaceEmbedding) =>
    embedding.map(({ model }) => `${model.name} ${model.sha256.slice(0, 12)}`).join(' + ') ||
    'none';
  return new AppError(
    'model_mismatch',
    `An embedding of ${names(a)} cannot be compared with one of ${names(b)}`,
  );
}
