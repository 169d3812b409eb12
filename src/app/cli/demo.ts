import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { cropPicture, renderSvg } from '../../platform/media/render-svg.ts';
import { exitCodes, paint } from './output.ts';
import { drawSpecimenCard } from './specimen-card.ts';
import { verifyPictures } from './verify.ts';

/** Photographs come with an npm package; cuts are fractions of width and height. */
const portraitOf = {
  photo: 'sample3.jpg',
  cut: { left: 0.495, top: 0.044, width: 0.25, height: 0.474 },
};
const samePerson = {
  photo: 'sample1.jpg',
  cut: { left: 0.656, top: 0.047, width: 0.3125, height: 0.547 },
};
const otherPerson = {
  photo: 'sample6.jpg',
  cut: { left: 0.66, top: 0.05, width: 0.3, height: 0.5 },
};

export function demoCommand(): Command {
  return new Command('demo')
    .description('verify a drawn ID card against two selfies: its holder and somebody else')
    .option('--html <file>', 'write a report of the first verification')
    .action(async (options: { html?: string }) => {
      const document = await renderSvg(
        drawSpecimenCard({
          portraitJpeg: await cutPhoto(portraitOf),
          surname: 'SPECIMEN',
          givenNames: 'ANNA MARIA',
          birthDate: '12 AUG 1994',
          documentNumber: 'D23145890',
        }),
      );
      console.log(paint('bold', 'An ID card and a selfie of its holder:'));
      const honest = await verifyPictures(
        { document, selfie: await cutPhoto(samePerson) },
        { threshold: 80, ...options },
      );
      console.log(`\n${paint('bold', 'The same ID card and a selfie of somebody else:')}`);
      const impostor = await verifyPictures(
        { document, selfie: await cutPhoto(otherPerson) },
        { threshold: 80 },
      );
      console.log(
        '\nNow yours: bonafide verify --document card.jpg --selfie me.jpg --html report.html',
      );
      const isAsExpected = honest === exitCodes.ok && impostor !== exitCodes.ok;
      process.exitCode = isAsExpected ? exitCodes.ok : exitCodes.failure;
    });
}

async function cutPhoto({ photo, cut }: typeof portraitOf): Promise<Uint8Array> {
  return cropPicture(join(photoFolder(), photo), cut);
}

/** The package does not export its pictures, so the folder is found by Node's own search path. */
function photoFolder(): string {
  const roots = createRequire(import.meta.url).resolve.paths('@vladmandic/face-api') ?? [];
  const folder = roots.map((root) => join(root, '@vladmandic/face-api/demo')).find(existsSync);
  if (!folder)
    throw new AppError(
      'image_missing',
      'The demo photographs of @vladmandic/face-api are not installed',
    );
  return folder;
}
