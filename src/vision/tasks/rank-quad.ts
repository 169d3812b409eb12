import type { Pyramid } from '../image/pyramid.ts';
import type { Quad } from '../image/transform.ts';
import { measureQuad, type QuadFacts } from './measure-quad.ts';

/**
 * Weights of a logistic choice among the candidates of a scene, fitted on 400 drawn scenes (seeds 1000 to 1399).
 * What speaks for an outline: the same step of colour all along its sides, and no edge that runs on beyond them.
 */
const weights: Readonly<Record<keyof QuadFacts, number>> = {
  partly: 5.26,
  leastPartly: 3.59,
  wideStep: 2,
  support: 14.69,
  leastSupport: 4.27,
  beyond: -6.56,
  farthestBeyond: -3.13,
  size: 4.56,
  aspect: -16.89,
  slant: -3.83,
};
const offset = -15;

interface Rank {
  readonly score: number;
  /** Share of the outline that lies on an edge of the picture, 0…1. */
  readonly support: number;
  /** Share of the picture that it covers. */
  readonly area: number;
}

/** How likely a refined outline is to be a document's, beside others of the same picture. */
export function rankQuad(picture: Pyramid, corners: Quad, aspect?: number): Rank {
  const facts = measureQuad(picture, corners, aspect);
  let score = offset;
  for (const [name, weight] of Object.entries(weights) as [keyof QuadFacts, number][])
    score += weight * facts[name];
  return { score, support: facts.support, area: facts.size ** 2 };
}
