import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { FusedCard, ModelCard } from './model-card.ts';

/** Where the package keeps its cards (`models/*.json`), from the sources and from `dist` alike. */
export const catalogueDir = resolve(fileURLToPath(import.meta.url), '../../../../models');

/** Where `npm run prepare` puts the converted default models. */
export const packageCacheDir = join(catalogueDir, 'cache');

/** All cards of the catalogue, by name. */
export async function readCatalogue(dir: string = catalogueDir): Promise<ModelCard[]> {
  return readCards(ModelCard, dir);
}

/** Figures of combinations of models. */
export async function readFusedCards(dir: string = catalogueDir): Promise<FusedCard[]> {
  return readCards(FusedCard, join(dir, 'fused'));
}

async function readCards<Schema extends z.ZodType>(
  schema: Schema,
  dir: string,
): Promise<z.infer<Schema>[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => schema.parse(JSON.parse(await readFile(join(dir, file), 'utf8')))),
  );
}

/** Hex digest of a file, read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest('hex');
}
