import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { evaluatePad, type PadReport, renderPadReport } from '../../features/evaluation/index.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { readEvaluationList } from './evaluation-list.ts';
import { createProgress, paint, writeJson } from './output.ts';

interface Options {
  list: string;
  root: string;
  pack?: string;
  json?: boolean | string;
  html?: string;
}

export function evaluatePadCommand(): Command {
  return new Command('pad')
    .description('presentation attacks: error rates by species, on pictures and recordings')
    .requiredOption('--list <csv>', 'list with the columns file, live (1 or 0), attack, subject')
    .requiredOption('--root <folder>', 'folder that the file names of the list start from')
    .option('--pack <name|folder>', 'use another model pack')
    .option(
      '--json [file]',
      'print the report as JSON, or write it to a file (- for standard output)',
    )
    .option('--html <file>', 'write a report with plots')
    .action(async (options: Options) => {
      const report = await measure(options);
      if (options.html !== undefined) writeFileSync(options.html, renderPadReport(report));
      writeJson(options.json, report);
      if (options.json !== true && options.json !== '-') console.log(renderTable(report));
    });
}

async function measure({ list, root, pack }: Options): Promise<PadReport> {
  const processes = availableParallelism();
  const { dataDir } = loadConfig(process.env);
  const text = readEvaluationList(list, 'list');
  const progress = createProgress();
  const vision = await openVision({ dataDir, processes, pack });
  try {
    return await evaluatePad(vision, vision.pack, {
      list: text,
      root,
      concurrency: processes * 2,
      onProgress: (done, total) => progress.update(done, total, 'files'),
    });
  } finally {
    progress.finish();
    await vision.close();
  }
}

function renderTable(report: PadReport): string {
  const { model, bona_fide, bpcer, bpcer_wilson95, apcer_by_species, non_response } = report;
  const species = Object.entries(apcer_by_species).map(
    ([name, { n, apcer, wilson95 }]) =>
      `  ${name.padEnd(24)} ${String(n).padStart(5)}  APCER ${percent(apcer)}  (${wilson95.map(percent).join(' to ')})`,
  );
  const wrong = report.files.filter(({ live, accepted }) => live !== accepted);
  return [
    paint('bold', model ? `${model.name} (${model.sha256.slice(0, 12)})` : 'no model for attacks'),
    `  ${'bona fide'.padEnd(24)} ${String(bona_fide).padStart(5)}  BPCER ${percent(bpcer)}  (${bpcer_wilson95.map(percent).join(' to ')})`,
    ...species,
    `without an answer: ${percent(non_response.bona_fide)} of the bona fide, ${percent(non_response.attack)} of the attacks`,
    ...wrong.map(
      ({ file, live, score, reasons }) =>
        `  ${live ? 'refused ' : 'accepted'} ${file} ${score ?? '–'} ${reasons.join(' ')}`,
    ),
  ].join('\n');
}

function percent(rate: number | null): string {
  return rate === null ? '–' : `${(rate * 100).toFixed(1)} %`;
}
