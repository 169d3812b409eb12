import { Command, Option } from 'commander';
import {
  compareFaces,
  type FaceComparison,
  type FaceMatch,
  faceReasons,
  type QualityFilter,
  qualityFilters,
  toComparisonJson,
} from '../../features/faces/index.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { exitCodes, paint, writeJson } from './output.ts';
import { readPictureFile } from './picture-file.ts';
import { parseSimilarity } from './verify.ts';

interface CompareCommandOptions {
  threshold: number;
  qualityFilter: QualityFilter;
  json?: boolean | string;
  pack?: string;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('compare the largest face of one picture with every face of another')
    .argument('<source>', 'picture with the face to look for')
    .argument('<target>', 'picture to look in')
    .option(
      '--threshold <similarity>',
      'similarity from which a face matches, 0 to 100',
      parseSimilarity,
      80,
    )
    .addOption(
      new Option('--quality-filter <level>', 'leave out faces below this quality')
        .choices(qualityFilters)
        .default('NONE'),
    )
    .option('--json [file]', 'print the result as JSON, or write it to a file')
    .option('--pack <name|folder>', 'use another model pack')
    .addHelpText(
      'after',
      '\nExit code: 0 at least one face matches, 1 none does, 2 unusable input, 4 failure.',
    )
    .action(async (source: string, target: string, options: CompareCommandOptions) => {
      const images = {
        source: await readPictureFile(source, 'source'),
        target: await readPictureFile(target, 'target'),
      };
      const { dataDir } = loadConfig(process.env);
      const vision = await openVision({ dataDir, processes: 1, pack: options.pack });
      try {
        const comparison = await compareFaces(vision, vision.pack, images, {
          similarityThreshold: options.threshold,
          qualityFilter: options.qualityFilter,
        });
        writeJson(options.json, toComparisonJson(comparison));
        if (options.json === undefined) console.log(render(comparison));
        process.exitCode = comparison.matches.length > 0 ? exitCodes.ok : exitCodes.negative;
      } finally {
        await vision.close();
      }
    });
}

function render({ matches, unmatched, warnings, similarityThreshold }: FaceComparison): string {
  const headline =
    matches.length > 0
      ? paint(
          ['green', 'bold'],
          `✓ ${matches.length} of ${matches.length + unmatched.length} faces match`,
        )
      : paint(['red', 'bold'], `✗ none of ${unmatched.length} faces matches`);
  const notes = warnings.map(
    ({ code, image }) => `  - ${image ? `${image}: ` : ''}${faceReasons[code].title}. [${code}]`,
  );
  return [
    `${headline} (threshold ${similarityThreshold})`,
    ...[...matches, ...unmatched].map(renderMatch),
    ...(notes.length > 0 ? ['', 'Also noticed:', ...notes] : []),
  ].join('\n');
}

function renderMatch({ face, similarity }: FaceMatch): string {
  const { x, y, width, height } = face.box;
  const place = [x, y, width, height].map(Math.round).join(', ');
  return `  similarity ${similarity.toFixed(1).padStart(5)}   face at ${place} (x, y, width, height), quality ${face.quality.overall}`;
}
