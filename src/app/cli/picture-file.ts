import { createReadStream } from 'node:fs';
import { AppError } from '../../core/errors.ts';

const maxBytes = 15 * 1024 * 1024;

/**
 * Reads a picture for a command, from a file or a pipe; `name` is the option's name, as refusals call it.
 * @throws AppError image_missing | image_too_large
 */
export async function readPictureFile(path: string, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    // `end` is the last byte that is read, so one byte too many shows. Pipes have no size to ask for.
    for await (const chunk of createReadStream(path, { end: maxBytes })) chunks.push(chunk);
  } catch (cause) {
    throw new AppError('image_missing', `\`${name}\`: ${describeFault(path, cause)}`, { cause });
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > maxBytes) {
    throw new AppError('image_too_large', `\`${name}\`: larger than 15 MB, the most accepted`);
  }
  return bytes;
}

function describeFault(path: string, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${path}`;
  if (code === 'EISDIR') return `${path} is a folder; name one picture`;
  return `${path} cannot be read (${code})`;
}
