import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type InstalledModel,
  type ModelRef,
  type ModelRole,
  modelRoles,
} from '../../core/model.ts';
import { type Calibration, InputSpec, type PackWarning, Sha256 } from './model-card.ts';

/** How the answers of several models of one role become one. Both are plain means. */
export const FusionRule = z.enum(['mean-of-cosines', 'mean-of-probabilities']);
export type FusionRule = z.infer<typeof FusionRule>;

/** The rule of a role whose pack names several models without a rule. Other roles cannot be fused. */
export const usualFusion: Readonly<Partial<Record<ModelRole, FusionRule>>> = {
  'face-embedding': 'mean-of-cosines',
  pad: 'mean-of-probabilities',
};

/** A file name and nothing else: manifests come from outside and must not reach other folders. */
export const FileName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'is not a file name');

const ExtraFile = z.strictObject({ file: FileName, sha256: Sha256 });

/** One model of a pack, whatever words its manifest used. */
export const PackModel = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  version: z.string().min(1),
  role: z.enum(modelRoles),
  file: FileName,
  sha256: Sha256,
  bytes: z.number().int().positive().optional(),
  licence: z.string().min(1),
  caveats: z.array(z.string()).default([]),
  input: InputSpec,
  live_index: z.number().int().nonnegative().optional(),
  /** Files that belong to the model, such as the alphabet of a text reader. */
  extras: z.array(ExtraFile).default([]),
});
export type PackModel = z.infer<typeof PackModel>;

/** `pack.json`: what is installed in a folder. All models of a role run, and their scores are fused. */
export const PackContents = z.strictObject({
  format: z.literal('bonafide-pack-1'),
  models: z.array(PackModel),
  fusion: z.partialRecord(z.enum(modelRoles), FusionRule).default({}),
});
export type PackContents = z.infer<typeof PackContents>;

/** The models that serve, by role. */
export interface ModelPack {
  readonly name: string;
  readonly models: readonly InstalledModel[];
  readonly fusion: Readonly<Partial<Record<ModelRole, FusionRule>>>;
  /** Names the whole of a role: one model's reference, or that of a fused group. Compare only equal ones. */
  readonly identities: Readonly<Partial<Record<ModelRole, ModelRef>>>;
  /** Of the face embedding, when it was measured. */
  readonly calibration: Calibration | undefined;
  readonly warnings: readonly PackWarning[];
}

/**
 * One reference for models that answer together. Embeddings are kept in pack order, so the order counts.
 * A single model stands for itself.
 */
export function fuseRefs(members: readonly [ModelRef, ...ModelRef[]]): ModelRef {
  const [first, ...others] = members;
  if (others.length === 0) return first;
  const digests = members.map(({ sha256 }) => sha256).join('\n');
  return {
    name: members.map(({ name }) => name).join('+'),
    version: 'fused',
    sha256: createHash('sha256').update(digests).digest('hex'),
  };
}
