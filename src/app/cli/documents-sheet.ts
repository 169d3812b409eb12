import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { readDocument } from '../../features/documents/index.ts';
import { drawContactSheet, type SheetTile } from '../../platform/media/contact-sheet.ts';
import { loadConfig } from '../config.ts';
import { type OpenedVision, openVision } from '../open-vision.ts';
import { createProgress } from './output.ts';
import { readPictureFile } from './picture-file.ts';

const pictureFile = /\.(jpe?g|png|webp|avif)$/i;

export function documentsSheetCommand(): Command {
  return new Command('sheet')
    .description('flatten every picture of a folder onto one sheet, with what was read beneath')
    .argument('<folder>', 'folder with pictures of documents')
    .requiredOption('--out <png>', 'where to write the sheet')
    .option('--pack <name|folder>', 'use another model pack')
    .action(async (folder: string, { out, pack }: { out: string; pack?: string }) => {
      const files = (await readdir(folder)).filter((name) => pictureFile.test(name)).sort();
      const { dataDir } = loadConfig(process.env);
      const vision = await openVision({ dataDir, processes: 1, pack });
      const progress = createProgress();
      const tiles: SheetTile[] = [];
      try {
        for (const [i, file] of files.entries()) {
          tiles.push(await readTile(vision, join(folder, file), file));
          progress.update(i + 1, files.length, 'pictures');
        }
      } finally {
        progress.finish();
        await vision.close();
      }
      await writeFile(out, await drawContactSheet(tiles));
      console.log(`${tiles.length} pictures on ${out}`);
    });
}

async function readTile(vision: OpenedVision, path: string, title: string): Promise<SheetTile> {
  try {
    const input = { bytes: await readPictureFile(path, 'file'), name: 'file', wantsFlat: true };
    const today = new Date().toISOString().slice(0, 10);
    const { flat, outline, mrz, hints } = await vision.run(readDocument, { ...input, today });
    const zone = mrz ? [...mrz.lines, `${mrz.format} ${mrz.valid ? 'valid' : 'not valid'}`] : [];
    const shape = outline ? outline.size : 'no outline';
    return { jpeg: flat, title, lines: [[shape, ...hints].join(', '), ...zone] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { jpeg: undefined, title, lines: [error.code] };
  }
}
