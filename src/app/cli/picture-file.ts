import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';

const maxBytes = 15 * 1024 * 1024;

/**
 * Reads a picture for a command; `name` is the option's name, as refusals call it.
 * @throws AppError image_missing | image_too_large
 */
export async function readPictureFile(path: string, name: string): Promise<Uint8Array> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) {
    throw new AppError('image_missing', `\`${name}\`: there is no file ${path}`);
  }
  if (facts.size > maxBytes) {
    const size = (facts.size / 1024 / 1024).toFixed(1);
    throw new AppError('image_too_large', `\`${name}\`: ${size} MB; at most 15 MB are accepted`);
  }
  return readFile(path);
}
