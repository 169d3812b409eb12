import type { Box } from '../../core/image.ts';
import type { InferenceSession, ModelRef } from '../../core/model.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { toTensor } from '../image/tensor.ts';
import { alignFace } from './align-face.ts';

export interface PresentationScore {
  /** 0…1: that the camera saw a person and no picture of one; mean over the models. */
  readonly live: number;
  readonly models: readonly ModelRef[];
}

/**
 * Asks every presentation-attack model of the pack and takes the mean of their probabilities.
 * `detection` is blazeface's own box, which ends at the brows.
 * @throws RangeError when a model does not say which of its classes is a live person
 */
export async function scorePresentation(
  sessions: readonly InferenceSession[],
  pyramid: Pyramid,
  detection: Box,
): Promise<PresentationScore> {
  const face = { detection: fullFaceBox(detection), points: new Float32Array() };
  let sum = 0;
  for (const session of sessions) {
    const input = toTensor(alignFace(pyramid, face, session.input), session.input);
    const outputs = await session.run({ [session.inputNames[0] as string]: input });
    const classes = toProbabilities(outputs[session.outputNames[0] as string]?.data);
    const { liveIndex } = session.output ?? {};
    const live = liveIndex === undefined ? undefined : classes[liveIndex];
    if (live === undefined) throw new RangeError(`${session.model.name} names no live class`);
    sum += live;
  }
  return { live: sum / sessions.length, models: sessions.map(({ model }) => model) };
}

/** Some graphs end in a softmax and some before it. */
function toProbabilities(outputs: Float32Array = new Float32Array()): Float32Array {
  const sum = outputs.reduce((total, value) => total + value, 0);
  const isDone = outputs.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-3;
  if (isDone) return outputs;
  const most = outputs.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
  const powers = outputs.map((value) => Math.exp(value - most));
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}

/** The models were trained on boxes with a forehead: the shares were measured with them, see docs/liveness.md. */
export function fullFaceBox({ x, y, width, height }: Box): Box {
  return {
    x: x + width * 0.04,
    y: y - height * 0.22,
    width: width * 0.92,
    height: height * 1.26,
  };
}
