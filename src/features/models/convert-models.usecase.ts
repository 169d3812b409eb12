import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { convertDlibNet } from './convert/dlib-net.ts';
import { convertGraphModel, GraphModel } from './convert/tfjs-graph.ts';
import { readWeights, WeightManifest, type WeightTensor } from './convert/tfjs-weights.ts';
import type { ConvertibleCard } from './model-card.ts';
import { sha256OfFile } from './model-files.usecase.ts';

/** Makes the ONNX bytes of a card from the weights inside the npm package that it names. */
export async function convertFromPackage(card: ConvertibleCard): Promise<Uint8Array> {
  const file = join(await packageFolder(card), card.source.file);
  const json: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (card.source.converter === 'dlib-net') {
    return convertDlibNet(await readShards(file, WeightManifest.parse(json)));
  }
  const model = GraphModel.parse(json);
  return convertGraphModel(model, await readShards(file, model.weightsManifest), {
    name: card.name,
    inputShape: card.input.shape,
    outputs: card.outputs,
  });
}

/** What happened to one model; `converted` and `kept` files have the digest of their card. */
export interface PrepareStep {
  readonly card: ConvertibleCard;
  readonly outcome: 'kept' | 'converted';
  readonly ms: number;
}

/**
 * Brings `cacheDir` in line with the cards: keeps files with the right digest, converts the others.
 * Files appear under their final name only when whole, so two processes may do this at the same time.
 * @throws AppError model_conversion_failed when the result is not what the card promises
 */
export async function prepareModels(
  cards: readonly ConvertibleCard[],
  cacheDir: string,
  onStep: (step: PrepareStep) => void = () => {},
): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  for (const card of cards) {
    const start = performance.now();
    const path = join(cacheDir, `${card.name}.onnx`);
    const isThere = existsSync(path) && (await sha256OfFile(path)) === card.sha256;
    if (!isThere) await convertTo(path, card);
    onStep({ card, outcome: isThere ? 'kept' : 'converted', ms: performance.now() - start });
  }
}

async function convertTo(path: string, card: ConvertibleCard): Promise<void> {
  const bytes = await convertFromPackage(card);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== card.sha256) {
    throw new AppError(
      'model_conversion_failed',
      `${card.name}: conversion gave sha256 ${sha256}, the card promises ${card.sha256}`,
    );
  }
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function readShards(
  jsonFile: string,
  manifest: WeightManifest,
): Promise<Map<string, WeightTensor>> {
  const shards = new Map<string, Uint8Array>();
  for (const path of manifest.flatMap((group) => group.paths)) {
    shards.set(path, await readFile(join(dirname(jsonFile), path)));
  }
  return readWeights(manifest, shards);
}

const PackageJson = z.object({ version: z.string() });

/** The packages do not export their weights, so the folder is found by Node's own search path. */
async function packageFolder({ name, source }: ConvertibleCard): Promise<string> {
  const searched = createRequire(import.meta.url).resolve.paths(source.package) ?? [];
  for (const folder of searched.map((root) => join(root, source.package))) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const { version } = PackageJson.parse(JSON.parse(await readFile(file, 'utf8')));
    if (version === source.version) return folder;
    const detail = `${name} is made from ${source.package} ${source.version}, found ${version}`;
    throw new AppError('model_conversion_failed', detail);
  }
  throw new AppError('model_conversion_failed', `${source.package} is not installed`);
}
