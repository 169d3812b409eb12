import { chmod, copyFile, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AppError } from '../../core/errors.ts';
import type { InstalledModel } from '../../core/model.ts';
import { downloadFile, downloadText } from '../../platform/download/download.ts';
import { makeDirectory } from '../../platform/files/durable-file.ts';
import { type ManifestSelection, type ReadManifest, readManifest } from './manifest.ts';
import { mergePacks } from './merge-packs.ts';
import type { ModelCard } from './model-card.ts';
import { readCatalogue, sha256OfFile } from './model-files.usecase.ts';
import { PackContents, type PackModel } from './model-pack.ts';
import {
  packFolder,
  parseJson,
  readInstalled,
  readPack,
  writeInstalled,
} from './pack-store.usecase.ts';

const MAX_MANIFEST_BYTES = 1_000_000;
/** Of files whose manifest does not say how long they are. */
const MAX_MODEL_BYTES = 2_000_000_000;

/** What would be installed, and from where: shown to the operator before anything is fetched. */
export interface PullPlan extends ReadManifest {
  /** https, loopback http or file address of each file, by file name. */
  readonly addresses: ReadonlyMap<string, URL>;
}

export interface PullOptions {
  readonly dataDir: string;
  readonly pack: string;
  /** Join the models that serve the role already instead of taking their place. */
  readonly fuse?: boolean | undefined;
  /** Loads a model once, so that a file that cannot serve is refused before it replaces anything. */
  readonly probe: (model: InstalledModel) => Promise<unknown>;
  readonly onProgress?: ((file: string, bytes: number, total?: number) => void) | undefined;
}

/**
 * Reads what `source` offers: a catalogue entry's name, a manifest's address, or a manifest on this machine.
 * @throws AppError model_unknown | model_manifest_invalid | download_failed
 */
export async function planPull(source: string, selection: ManifestSelection): Promise<PullPlan> {
  const card = (await readCatalogue()).find(({ name }) => name === source);
  if (card) return planCard(card);
  if (/^https?:/.test(source)) {
    const address = new URL(source);
    const json = parseJson(await downloadText(address, MAX_MANIFEST_BYTES));
    return withAddresses(readManifest(json, selection), address);
  }
  const path = resolve(source);
  const folder = source.endsWith('.json') ? dirname(path) : path;
  const opened = await readPack(folder, undefined, selection);
  return withAddresses(opened, pathToFileURL(join(folder, 'manifest.json')));
}

/** A model file on this machine, described by the operator. */
export function planFile(path: string, model: PackModel): PullPlan {
  const contents = PackContents.parse({ format: 'bonafide-pack-1', models: [model] });
  return {
    contents,
    skipped: [],
    addresses: new Map([[model.file, pathToFileURL(resolve(path))]]),
  };
}

/**
 * Fetches, verifies and loads everything first; only then the pack changes, all at once.
 * What served before keeps serving when anything fails.
 * @throws AppError download_failed | model_damaged | model_shape_mismatch | model_manifest_invalid
 */
export async function installPlan(plan: PullPlan, options: PullOptions): Promise<PackContents> {
  const folder = packFolder(options.dataDir, options.pack);
  const current = await readInstalled(options.dataDir, options.pack);
  const incoming = contentAddressed(plan.contents);
  const merged = mergePacks(current, incoming, { fuse: options.fuse ?? false });
  await makeDirectory(folder);
  const arrivals = await mkdtemp(join(folder, '.arriving-'));
  try {
    for (const [i, model] of plan.contents.models.entries()) {
      await fetchModel(plan, model, incoming.models[i]?.file ?? model.file, arrivals, options);
    }
    await moveIn(arrivals, folder, incoming.models);
    await writeInstalled(options.dataDir, options.pack, merged);
    return merged;
  } finally {
    await rm(arrivals, { recursive: true, force: true });
  }
}

function planCard(card: ModelCard): PullPlan {
  if (!('url' in card.source) || card.source.url === null) {
    const why =
      card.pack === 'default' ? 'is part of the default pack' : 'is not published as one file';
    throw new AppError('model_unknown', `${card.name} ${why}: there is no address to pull it from`);
  }
  const { name, version, role, sha256, bytes, licence, caveats, input, live_index } = card;
  const model = packModelOf({
    name,
    version,
    role,
    sha256,
    bytes,
    licence,
    caveats,
    input,
    live_index,
  });
  return {
    contents: { format: 'bonafide-pack-1', models: [model], fusion: {} },
    skipped: [],
    addresses: new Map([[model.file, new URL(card.source.url)]]),
  };
}

function packModelOf(model: Omit<PackModel, 'file' | 'extras'>): PackModel {
  return { ...model, file: `${model.name}.onnx`, extras: [] };
}

function withAddresses(manifest: ReadManifest, base: URL): PullPlan {
  const files = manifest.contents.models.flatMap(({ file, extras }) => [
    file,
    ...extras.map((extra) => extra.file),
  ]);
  return { ...manifest, addresses: new Map(files.map((file) => [file, new URL(file, base)])) };
}

/** Files are stored under their digest, so that a new version never overwrites one that is serving. */
function contentAddressed(contents: PackContents): PackContents {
  return {
    ...contents,
    models: contents.models.map((model) => ({
      ...model,
      file: stored(model.sha256, model.file),
      extras: model.extras.map(({ file, sha256 }) => ({ file: stored(sha256, file), sha256 })),
    })),
  };
}

function stored(sha256: string, file: string): string {
  return `${sha256.slice(0, 16)}-${file}`.slice(0, 200);
}

async function fetchModel(
  plan: PullPlan,
  model: PackModel,
  file: string,
  arrivals: string,
  options: PullOptions,
): Promise<void> {
  const path = join(arrivals, file);
  await fetchFile(plan, model, path, options);
  for (const extra of model.extras) {
    await fetchFile(plan, extra, join(arrivals, stored(extra.sha256, extra.file)), options);
  }
  const { name, version, sha256, role, input } = model;
  await options.probe({
    role,
    model: { name, version, sha256 },
    input,
    output: { liveIndex: model.live_index },
    path,
  });
}

async function fetchFile(
  plan: PullPlan,
  wanted: { file: string; sha256: string; bytes?: number | undefined },
  path: string,
  { onProgress }: PullOptions,
): Promise<void> {
  const address = plan.addresses.get(wanted.file);
  if (!address) throw new AppError('model_unknown', `There is no address for ${wanted.file}`);
  const found =
    address.protocol === 'file:'
      ? await copyIn(address, path)
      : await downloadFile(address, path, {
          maxBytes: wanted.bytes ?? MAX_MODEL_BYTES,
          onProgress: (bytes, total) => onProgress?.(wanted.file, bytes, total ?? wanted.bytes),
        });
  if (wanted.bytes !== undefined && found.bytes !== wanted.bytes) {
    const detail = `${wanted.file}: ${found.bytes} bytes arrived, ${wanted.bytes} were promised`;
    throw new AppError('model_damaged', detail);
  }
  if (found.sha256 === wanted.sha256) return;
  const detail = `${wanted.file}: sha256 is ${found.sha256}, promised was ${wanted.sha256}`;
  throw new AppError('model_damaged', detail);
}

async function copyIn(from: URL, to: string): Promise<{ bytes: number; sha256: string }> {
  try {
    await copyFile(from, to);
    // The original may be read-only, and `remove` must be able to delete ours.
    await chmod(to, 0o600);
  } catch (cause) {
    throw new AppError('model_damaged', `The file of ${from.pathname} cannot be read`, { cause });
  }
  return { bytes: (await stat(to)).size, sha256: await sha256OfFile(to) };
}

/** On disk before the list names them: a power cut must not leave a name without its file. */
async function moveIn(
  arrivals: string,
  folder: string,
  models: readonly PackModel[],
): Promise<void> {
  for (const { file, extras } of models) {
    for (const name of [file, ...extras.map((extra) => extra.file)]) {
      const handle = await open(join(arrivals, name), 'r');
      await handle.sync().finally(() => handle.close());
      await rename(join(arrivals, name), join(folder, name));
    }
  }
}
