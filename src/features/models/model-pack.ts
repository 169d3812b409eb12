import type { InstalledModel, ModelRef, ModelRole } from '../../core/model.ts';
import type { Calibration } from './model-card.ts';

/** How the answers of several models of one role become one. Both are plain means. */
export type FusionRule = 'mean-of-cosines' | 'mean-of-probabilities';

/** Why an answer of this pack deserves distrust; passed on with every result. */
export const packWarnings = {
  FACE_MODEL_KNOWN_BIAS:
    'The face embedding is known to confuse different people of some groups far more often than others.',
  MODEL_LICENCE_RESTRICTED:
    'A model of this pack was trained on data whose terms may forbid your use: get legal advice.',
  EMBEDDING_NOT_CALIBRATED:
    'No error rates were measured for this combination of embedding models.',
} as const;
export type PackWarning = keyof typeof packWarnings;

/** The models that serve, by role. All of a role run on each input, and their scores are fused. */
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
