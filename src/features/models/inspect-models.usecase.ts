import { existsSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';
import type { InstalledModel } from '../../core/model.ts';
import { isConvertible, isKept, type ModelCard } from './model-card.ts';
import { readCatalogue } from './model-files.usecase.ts';
import { DEFAULT_PACK, listPacks } from './pack-store.usecase.ts';
import { resolveModels } from './resolve-models.usecase.ts';

/** A model on this machine, and which pack it belongs to. */
export interface InspectedModel {
  readonly pack: string;
  readonly model: InstalledModel;
  /** Whether it serves when no `--pack` is named. */
  readonly serves: boolean;
}

export interface ModelInventory {
  readonly installed: readonly InspectedModel[];
  /** Cards of optional models; those with an address can be pulled by name. */
  readonly optional: readonly ModelCard[];
}

export async function listModels(dataDir: string): Promise<ModelInventory> {
  const serving = new Set((await resolveModels({ dataDir })).models.map(({ path }) => path));
  const installed = new Map<string, InspectedModel>();
  for (const pack of [DEFAULT_PACK, ...(await listPacks(dataDir))]) {
    for (const model of (await resolveModels({ dataDir, pack })).models) {
      const known = installed.has(model.path);
      if (!known) installed.set(model.path, { pack, model, serves: serving.has(model.path) });
    }
  }
  const optional = (await readCatalogue()).filter((card) => !isConvertible(card) && !isKept(card));
  return { installed: [...installed.values()], optional };
}

export interface ModelFinding extends InspectedModel {
  /** Absent when the file is there, has its digest and takes the input that it declares. */
  readonly problem?: AppError;
}

/** Loads every installed model once. */
export async function verifyModels(
  dataDir: string,
  probe: (model: InstalledModel) => Promise<unknown>,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<ModelFinding[]> {
  const { installed } = await listModels(dataDir);
  const findings: ModelFinding[] = [];
  for (const inspected of installed) {
    onProgress(findings.length, installed.length);
    findings.push({ ...inspected, ...(await findProblem(inspected.model, probe)) });
  }
  return findings;
}

async function findProblem(
  model: InstalledModel,
  probe: (model: InstalledModel) => Promise<unknown>,
): Promise<{ problem?: AppError }> {
  if (!existsSync(model.path)) {
    return { problem: new AppError('model_damaged', `${model.model.name}: the file is missing`) };
  }
  try {
    await probe(model);
    return {};
  } catch (error) {
    if (error instanceof AppError) return { problem: error };
    throw error;
  }
}
