import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { replaceFile } from '../../platform/files/durable-file.ts';
import { type ManifestSelection, type ReadManifest, readManifest } from './manifest.ts';
import { PackContents } from './model-pack.ts';

/** Serves beside the default pack without being asked for; others serve where `--pack NAME` says so. */
export const LOCAL_PACK = 'local';

/** The name of the models that came with the packages. */
export const DEFAULT_PACK = 'default';

const PACK_FILE = 'pack.json';
const MAX_MANIFEST_BYTES = 1_000_000;

export const packName = /^[a-z0-9][a-z0-9_-]{0,63}$/;

const emptyPack: PackContents = { format: 'bonafide-pack-1', models: [], fusion: {} };

export interface OpenedPack extends ReadManifest {
  readonly name: string;
  readonly folder: string;
}

/** Installed packs live in `$DATA_DIR/models/<name>`. */
export function packFolder(dataDir: string, name: string): string {
  if (packName.test(name) && name !== DEFAULT_PACK) return join(resolve(dataDir), 'models', name);
  throw new AppError(
    'model_unknown',
    `"${name}" cannot name a pack: use up to 64 of a-z, 0-9, - and _, other than "${DEFAULT_PACK}"`,
  );
}

/**
 * A folder with `pack.json` or `manifest.json`, or the name of an installed pack.
 * @throws AppError model_unknown | model_manifest_invalid
 */
export async function readPack(
  dirOrName: string,
  dataDir?: string,
  selection: ManifestSelection = {},
): Promise<OpenedPack> {
  const isName = packName.test(dirOrName);
  const installed = isName && dataDir !== undefined ? packFolder(dataDir, dirOrName) : undefined;
  for (const folder of [installed, resolve(dirOrName)]) {
    if (folder === undefined) continue;
    const file = [PACK_FILE, 'manifest.json'].map((name) => join(folder, name)).find(existsSync);
    if (file === undefined) continue;
    const read = () => readManifestFile(file).then((json) => readManifest(json, selection));
    return { name: dirOrName, folder, ...(await naming(dirOrName, read)) };
  }
  throw new AppError(
    'model_unknown',
    `"${dirOrName}" is neither an installed pack nor a folder with a manifest.json`,
  );
}

/** What a pack holds now; nothing when it does not exist. */
export async function readInstalled(dataDir: string, name: string): Promise<PackContents> {
  const file = join(packFolder(dataDir, name), PACK_FILE);
  if (!existsSync(file)) return emptyPack;
  return readManifest(await readManifestFile(file)).contents;
}

/** Replaces the list as a whole: a crash leaves the old one or the new one. */
export async function writeInstalled(
  dataDir: string,
  name: string,
  contents: PackContents,
): Promise<void> {
  const json = `${JSON.stringify(PackContents.parse(contents), null, 2)}\n`;
  await replaceFile(join(packFolder(dataDir, name), PACK_FILE), Buffer.from(json));
}

export async function listPacks(dataDir: string): Promise<string[]> {
  const folder = join(resolve(dataDir), 'models');
  if (!existsSync(folder)) return [];
  const names = (await readdir(folder)).filter((name) => packName.test(name));
  return names.filter((name) => existsSync(join(folder, name, PACK_FILE))).sort();
}

/**
 * Takes one model out of a pack, or the whole pack, and deletes the files that nothing names any more.
 * @throws AppError model_unknown
 */
export async function removeFromPack(dataDir: string, pack: string, model?: string): Promise<void> {
  const folder = packFolder(dataDir, pack);
  if (!existsSync(join(folder, PACK_FILE))) {
    throw new AppError('model_unknown', `There is no installed pack "${pack}"`);
  }
  if (model === undefined) {
    await rm(folder, { recursive: true });
    return;
  }
  const contents = await readInstalled(dataDir, pack);
  const models = contents.models.filter(({ name }) => name !== model);
  if (models.length === contents.models.length) {
    const has = contents.models.map(({ name }) => name).join(', ') || 'no model';
    throw new AppError('model_unknown', `Pack "${pack}" has no model "${model}"; it has ${has}`);
  }
  const fusion = Object.fromEntries(
    Object.entries(contents.fusion).filter(
      ([role]) => models.filter((left) => left.role === role).length > 1,
    ),
  );
  await writeInstalled(dataDir, pack, { ...contents, models, fusion });
  await removeUnnamedFiles(folder, models);
}

async function removeUnnamedFiles(folder: string, models: PackContents['models']): Promise<void> {
  const named = new Set(
    models.flatMap(({ file, extras }) => [file, ...extras.map((extra) => extra.file)]),
  );
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const isNeeded = entry.name === PACK_FILE || named.has(entry.name);
    if (!isNeeded) await rm(join(folder, entry.name), { recursive: true, force: true });
  }
}

/** Puts the pack's name before what was wrong with it. */
async function naming<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, errors } = error;
    throw new AppError(code, `Pack ${name}: ${error.message}`, {
      cause: error,
      ...(errors && { errors }),
    });
  }
}

async function readManifestFile(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > MAX_MANIFEST_BYTES) {
    throw new AppError('model_manifest_invalid', `The manifest has ${size} bytes, at most 1 MB`);
  }
  return parseJson(await readFile(file, 'utf8'));
}

/** @throws AppError model_manifest_invalid */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('model_manifest_invalid', 'The manifest is not JSON', { cause });
  }
}
