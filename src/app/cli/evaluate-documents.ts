import { Command } from 'commander';
import {
  type BarcodeReport,
  evaluateBarcodes,
  evaluateMrz,
  type MrzFigures,
  type MrzReport,
} from '../../features/evaluation/index.ts';
import { loadConfig } from '../config.ts';
import { type OpenedVision, openVision } from '../open-vision.ts';
import { readEvaluationList } from './evaluation-list.ts';
import { createProgress, paint, writeJson } from './output.ts';

interface ReportOptions {
  truth: string;
  root: string;
  pack?: string;
  json?: boolean | string;
}

export function evaluateMrzCommand(): Command {
  return withOptions(new Command('mrz'))
    .description('machine-readable zones: lines read exactly, wrong lines vouched for')
    .action(async (options: ReportOptions) => {
      const today = new Date().toISOString().slice(0, 10);
      const report = await measure(options, (vision, common) =>
        evaluateMrz(vision, { ...common, today }),
      );
      publish(options, report, renderMrz);
    });
}

export function evaluateBarcodesCommand(): Command {
  return withOptions(new Command('barcodes'))
    .description('PDF417, QR, Data Matrix and Aztec: symbols read, and read right')
    .action(async (options: ReportOptions) => {
      publish(options, await measure(options, evaluateBarcodes), renderBarcodes);
    });
}

function withOptions(command: Command): Command {
  return command
    .requiredOption('--truth <csv>', 'list of the pictures and of what they say')
    .requiredOption('--root <folder>', 'folder that the file names of the list start from')
    .option('--pack <name|folder>', 'use another model pack')
    .option(
      '--json [file]',
      'print the report as JSON, or write it to a file (- for standard output)',
    );
}

interface Common {
  readonly truth: string;
  readonly root: string;
  readonly onProgress: (done: number, total: number) => void;
}

async function measure<Report>(
  { truth, root, pack }: ReportOptions,
  evaluate: (vision: OpenedVision, common: Common) => Promise<Report>,
): Promise<Report> {
  const progress = createProgress();
  const { dataDir } = loadConfig(process.env);
  const list = readEvaluationList(truth, 'truth');
  // One process: a second one would make the times of each picture worse than they are.
  const vision = await openVision({ dataDir, processes: 1, pack });
  try {
    return await evaluate(vision, {
      truth: list,
      root,
      onProgress: (done, total) => progress.update(done, total, 'pictures'),
    });
  } finally {
    progress.finish();
    await vision.close();
  }
}

function publish<Report>(
  { json }: ReportOptions,
  report: Report,
  toText: (report: Report) => string,
): void {
  writeJson(json, report);
  if (json !== true && json !== '-') console.log(toText(report));
}

function renderMrz(report: MrzReport): string {
  const rows: [string, MrzFigures][] = [
    ['all', report],
    ['tuned on', report.halves.tuned_on],
    ['held out', report.halves.held_out],
  ];
  const wrong = report.wrong.flatMap(({ file, line, expected, read, accepted }) => [
    `  ${file}, line ${line + 1}${accepted ? paint('red', ' (vouched for)') : ''}`,
    `    expected ${expected}`,
    `    read     ${read || '–'}`,
  ]);
  return [
    paint('bold', 'half       documents  found  exact lines     characters  wrong accepted   ms'),
    ...rows.map(([name, figures]) => mrzRow(name, figures)),
    ...report.failures.map(({ file, code }) => `${file}: ${code}`),
    ...(wrong.length > 0 ? ['', 'Lines that differ:', ...wrong] : []),
  ].join('\n');
}

function mrzRow(name: string, figures: MrzFigures): string {
  const exact = `${figures.exact_lines}/${figures.lines}`;
  return [
    name.padEnd(10),
    String(figures.documents).padStart(9),
    String(figures.found).padStart(6),
    `${exact} ${percent(figures.exact_lines / figures.lines)}`.padStart(16),
    percent(figures.char_accuracy).padStart(11),
    String(figures.wrong_lines_accepted).padStart(15),
    String(figures.ms_median).padStart(4),
  ].join(' ');
}

function renderBarcodes({ images, read, exact, ms_median, failures }: BarcodeReport): string {
  return [
    `${images} images, ${read} read, ${exact} exact (${percent(exact / images)}), ${ms_median} ms of CPU each`,
    ...failures.map(({ file, code }) => `  ${file}: ${code}`),
  ].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
