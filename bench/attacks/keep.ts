import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recording } from './film.ts';

/**
 * The recording called `name` as it was kept in `dir` by an earlier run, or made now and kept: making one takes longer
 * than judging it. Kept ones know nothing of changes to the laboratory: after one, name another folder. They show
 * real people: keep the folder out of the project.
 */
export async function keepRecording(
  dir: string | undefined,
  name: string,
  make: () => Promise<Recording>,
): Promise<Recording> {
  if (dir === undefined) return make();
  const [film, facts] = [join(dir, `${name}.webm`), join(dir, `${name}.json`)];
  if (existsSync(facts)) {
    return { ...JSON.parse(await readFile(facts, 'utf8')), bytes: await readFile(film) };
  }
  await mkdir(dir, { recursive: true });
  const { bytes, ...rest } = await make();
  await writeFile(film, bytes);
  await writeFile(facts, JSON.stringify(rest));
  return { ...rest, bytes };
}
