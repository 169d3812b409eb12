import type { InferenceSession, ModelRef } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { alignFace, type FaceGeometry } from './align-face.ts';

/** Apparent age: an estimate from one picture, never a proof and never a decision. */
export interface AgeEstimate {
  readonly years: number;
  /** The model's own 10 % and 90 % points. Not a promise: nobody measured here how often the truth lies inside. */
  readonly low: number;
  readonly high: number;
  readonly model: ModelRef;
}

/** FaceRes answers one probability per year of age, 0…99. */
const YEARS = 100;

export async function estimateAge(
  session: InferenceSession,
  pyramid: Pyramid,
  face: FaceGeometry,
): Promise<AgeEstimate> {
  const input = toTensor(alignFace(pyramid, face, session.input), session.input);
  const outputs = await session.run({ [session.inputNames[0] as string]: input });
  const bins = Object.values(outputs).find(({ data }) => data.length === YEARS)?.data;
  if (!bins) throw new RangeError('The age model answered in an unknown shape');
  return { ...readAge(bins), model: session.model };
}

/** Mean and 10 %/90 % points of the distribution; exported for tests. */
export function readAge(bins: Float32Array): Pick<AgeEstimate, 'years' | 'low' | 'high'> {
  const total = bins.reduce((sum, value) => sum + Math.max(0, value), 0) || 1;
  let years = 0;
  let below = 0;
  let low = 0;
  let high = YEARS - 1;
  for (const [age, value] of bins.entries()) {
    const share = Math.max(0, value) / total;
    years += age * share;
    if (below < 0.1 && below + share >= 0.1) low = age;
    if (below < 0.9 && below + share >= 0.9) high = age;
    below += share;
  }
  return { years: Math.round(years), low, high };
}
