import type { FaceEmbedding } from '../../vision/tasks/embed-face.ts';

export interface FaceContinuity {
  /** Least cosine between a moment and the one that is most like all others; 1 with fewer than two. */
  readonly leastCosine: number;
  readonly isOther: boolean;
}

/**
 * Two moments of one recording are far more alike than two pictures of one person: same light, camera and hour.
 * In the evaluation clips dlib's vectors stay above 0.94 and fall to 0.87 where the person changes; the optional
 * models stay above 0.41, hands before the face included, and fall to 0.07.
 */
const LEAST_COSINE = { dlib: 0.9, others: 0.3 } as const;

export function sameFace(identities: readonly FaceEmbedding[]): FaceContinuity {
  const [first] = identities;
  if (!first || identities.length < 2) return { leastCosine: 1, isOther: false };
  const table = identities.map((a) => identities.map((b) => cosine(a, b)));
  const sums = table.map((row) => row.reduce((sum, value) => sum + value, 0));
  const middle = table[sums.indexOf(Math.max(...sums))] as number[];
  const leastCosine = Math.min(...middle);
  const isDlib = first.length === 1 && first[0]?.model.name.startsWith('dlib');
  return { leastCosine, isOther: leastCosine < LEAST_COSINE[isDlib ? 'dlib' : 'others'] };
}

function cosine(a: FaceEmbedding, b: FaceEmbedding): number {
  let sum = 0;
  for (const [k, { vector }] of a.entries()) {
    const other = b[k]?.vector;
    for (let i = 0; i < vector.length; i++) sum += (vector[i] as number) * (other?.[i] ?? 0);
  }
  return sum / a.length;
}
