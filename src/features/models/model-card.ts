import { z } from 'zod';
import { modelRoles } from '../../core/model.ts';

/**
 * A model card: what stands in `models/<name>.json`, one file per model.
 * Cards of the default pack say how the file is made from an npm package; the others where it is published.
 */

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

/** Why an answer of a model deserves distrust. */
export const packWarnings = {
  FACE_MODEL_KNOWN_BIAS:
    'The face embedding is known to confuse different people of some groups far more often than others.',
  EMBEDDING_NOT_CALIBRATED:
    'No error rates were measured for this embedding model, or for this combination of models.',
} as const;
export type PackWarning = keyof typeof packWarnings;
const PackWarning = z.enum(Object.keys(packWarnings) as [PackWarning, ...PackWarning[]]);

const Triple = z.tuple([z.number(), z.number(), z.number()]);

/** What the CALLER does to an image: `(pixel − mean) / std`, pixel in 0…255; more may happen in the graph. */
export const InputSpec = z.strictObject({
  shape: z.array(z.union([z.number().int().positive(), z.string().min(1)])).length(4),
  order: z.enum(['RGB', 'BGR']),
  layout: z.enum(['NCHW', 'NHWC']),
  mean: Triple,
  std: Triple.refine((std) => std.every((value) => value > 0), 'must be positive'),
  align: z.string().min(1),
});

const OutputTensor = z.strictObject({
  name: z.string().min(1),
  shape: z.array(z.union([z.number().int().positive(), z.string().min(1)])).min(1),
  meaning: z.string().min(1),
});

const PackageSource = z.strictObject({
  package: z.string().min(1),
  version: z.string().min(1),
  /** Graph or weight manifest inside the package; the weights lie beside it. */
  file: z.string().min(1),
  converter: z.enum(['tfjs-graph', 'dlib-net']),
});

const RepositorySource = z.strictObject({
  /** ONNX file beside the card, kept in the repository. */
  kept: z.string().min(1),
  /** The command that makes it. */
  made_by: z.string().min(1),
});

const UrlSource = z.strictObject({
  /** Serves the very bytes of `sha256`; null when nobody publishes them in this form. */
  url: z.url().nullable(),
  /** Where the weights come from, in words: repository, commit, how they were derived. */
  origin: z.string().min(1),
});

const Rate = z.number().min(0).max(1);

/** Measured on data named in `measured_on`; figures outside that data are guesses. */
export const Calibration = z.strictObject({
  measured_on: z.string().min(1),
  /** Rising pairs [cosine, similarity 0…100]; between them straight lines. */
  cosine_to_similarity: z
    .array(z.tuple([z.number().min(-1).max(1), z.number().min(0).max(100)]))
    .min(2)
    .refine(isRising, 'both columns must rise'),
  points: z.array(z.strictObject({ similarity: z.number(), fmr: Rate, fnmr: Rate })),
  worst_group: z
    .strictObject({ name: z.string(), similarity: z.number(), fmr: Rate, fnmr: Rate })
    .optional(),
});
export type Calibration = z.infer<typeof Calibration>;

export const ModelCard = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  version: z.string().min(1),
  role: z.enum(modelRoles),
  /** `default` models are converted at install; `optional` ones are pulled by the operator. */
  pack: z.enum(['default', 'optional']),
  sha256: Sha256,
  bytes: z.number().int().positive(),
  licence: z.string().min(1),
  source: z.union([PackageSource, RepositorySource, UrlSource]),
  training_data: z.string().min(1),
  input: InputSpec,
  outputs: z.array(OutputTensor).min(1),
  /** Class index whose probability is "a live person"; presentation-attack models only. */
  live_index: z.number().int().nonnegative().optional(),
  calibration: Calibration.optional(),
  known_bias: z.string().min(1),
  caveats: z.array(z.string().min(1)).default([]),
  /** Passed on with every result of the model. */
  warnings: z.array(PackWarning).default([]),
});
export type ModelCard = z.infer<typeof ModelCard>;

/**
 * Figures of models that are fused: `models/fused/<name>.json`. The members' own cards say the rest.
 */
export const FusedCard = z.strictObject({
  name: z.string().min(1),
  role: z.enum(modelRoles),
  /** In the order in which the pack names them: embeddings are kept in that order. */
  members: z.array(z.strictObject({ name: z.string(), sha256: Sha256 })).min(2),
  calibration: Calibration.optional(),
  known_bias: z.string().min(1),
  warnings: z.array(PackWarning).default([]),
});
export type FusedCard = z.infer<typeof FusedCard>;

/** A card whose model is made from an npm package. */
export type ConvertibleCard = ModelCard & { source: z.infer<typeof PackageSource> };

/** A card whose file lies in the repository. */
export type KeptCard = ModelCard & { source: z.infer<typeof RepositorySource> };

export function isKept(card: ModelCard): card is KeptCard {
  return 'kept' in card.source;
}

export function isConvertible(card: ModelCard): card is ConvertibleCard {
  return 'package' in card.source;
}

function isRising(pairs: readonly (readonly [number, number])[]): boolean {
  return pairs.every(([x, y], i) => {
    const before = pairs[i - 1];
    return before === undefined || (x > before[0] && y > before[1]);
  });
}
