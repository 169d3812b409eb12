import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { InstalledModel, ModelRef, ModelRole } from '../../core/model.ts';
import { prepareModels } from './convert-models.usecase.ts';
import {
  type ConvertibleCard,
  type FusedCard,
  isConvertible,
  isKept,
  type ModelCard,
} from './model-card.ts';
import {
  catalogueDir,
  packageCacheDir,
  readCatalogue,
  readFusedCards,
} from './model-files.usecase.ts';
import { fuseRefs, type ModelPack } from './model-pack.ts';
import {
  DEFAULT_PACK,
  LOCAL_PACK,
  type OpenedPack,
  packFolder,
  readPack,
} from './pack-store.usecase.ts';

export interface ResolveOptions {
  readonly dataDir?: string | undefined;
  /**
   * Name of an installed pack, or a folder with a manifest; `default` for the packaged models alone.
   * Without it the pack `local` serves where it is installed.
   */
  readonly pack?: string | undefined;
}

/**
 * The models that serve: those of the pack, and the default pack's for the roles that it leaves open.
 * Makes the default models first where the installation did not.
 * @throws AppError model_unknown | model_manifest_invalid | model_conversion_failed
 */
export async function resolveModels({ dataDir, pack }: ResolveOptions = {}): Promise<ModelPack> {
  const cards = await readCatalogue();
  const base = await defaultModels(cards, dataDir);
  const overlay = await openOverlay(dataDir, pack);
  const chosen = overlay ? installedModels(overlay) : [];
  const covered = new Set(chosen.map(({ role }) => role));
  const models = [...base.filter(({ role }) => !covered.has(role)), ...chosen];
  const identities = identify(models);
  const facts = describe(identities['face-embedding'], cards, await readFusedCards());
  return {
    name: overlay?.name ?? DEFAULT_PACK,
    models,
    fusion: overlay?.contents.fusion ?? {},
    identities,
    calibration: facts?.calibration,
    warnings: [
      ...(facts?.warnings ?? []),
      ...(facts?.calibration ? [] : (['EMBEDDING_NOT_CALIBRATED'] as const)),
    ],
  };
}

async function openOverlay(dataDir?: string, pack?: string): Promise<OpenedPack | undefined> {
  if (pack === DEFAULT_PACK) return undefined;
  if (pack !== undefined) return readPack(pack, dataDir);
  const isInstalled =
    dataDir !== undefined && existsSync(join(packFolder(dataDir, LOCAL_PACK), 'pack.json'));
  return isInstalled ? readPack(LOCAL_PACK, dataDir) : undefined;
}

async function defaultModels(
  cards: readonly ModelCard[],
  dataDir: string | undefined,
): Promise<InstalledModel[]> {
  const served = cards.filter(({ pack }) => pack === 'default');
  const folder = await prepareDefaults(served.filter(isConvertible), dataDir);
  return served.map((card) => ({
    role: card.role,
    model: { name: card.name, version: card.version, sha256: card.sha256 },
    input: card.input,
    output: { liveIndex: card.live_index },
    path: isKept(card) ? join(catalogueDir, card.source.kept) : join(folder, `${card.name}.onnx`),
  }));
}

/** An installation that this user may not write (a system-wide one) gets its models under the data folder. */
async function prepareDefaults(
  cards: readonly ConvertibleCard[],
  dataDir: string | undefined,
): Promise<string> {
  try {
    await prepareModels(cards, packageCacheDir);
    return packageCacheDir;
  } catch (error) {
    if (dataDir === undefined || !isWriteRefused(error)) throw error;
    const folder = join(dataDir, 'model-cache');
    await prepareModels(cards, folder);
    return folder;
  }
}

function isWriteRefused(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EROFS' || code === 'EPERM';
}

function installedModels({ folder, contents }: OpenedPack): InstalledModel[] {
  return contents.models.map((model) => ({
    role: model.role,
    model: { name: model.name, version: model.version, sha256: model.sha256 },
    input: model.input,
    output: { liveIndex: model.live_index },
    path: join(folder, model.file),
  }));
}

function identify(models: readonly InstalledModel[]): Partial<Record<ModelRole, ModelRef>> {
  const identities: Partial<Record<ModelRole, ModelRef>> = {};
  for (const { role } of models) {
    const [first, ...others] = models
      .filter((model) => model.role === role)
      .map(({ model }) => model);
    if (!first) throw new AppError('model_unavailable', `No model for ${role}`);
    identities[role] = fuseRefs([first, ...others]);
  }
  return identities;
}

/** The card of these very weights, or of this very combination. */
function describe(
  ref: ModelRef | undefined,
  cards: readonly ModelCard[],
  fused: readonly FusedCard[],
): Pick<ModelCard, 'calibration' | 'warnings'> | undefined {
  return (
    cards.find(({ sha256 }) => sha256 === ref?.sha256) ??
    fused.find((card) => fusedSha256(card) === ref?.sha256)
  );
}

function fusedSha256({ members }: FusedCard): string | undefined {
  const [first, ...others] = members.map((member) => ({ ...member, version: '' }));
  return first && fuseRefs([first, ...others]).sha256;
}
