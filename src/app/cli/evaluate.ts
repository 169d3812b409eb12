import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import {
  evaluateFaces,
  evaluateSearch,
  type FaceRates,
  type FaceReport,
  renderFaceReport,
  renderSearchReport,
  type SearchReport,
} from '../../features/evaluation/index.ts';
import { loadConfig } from '../config.ts';
import { type OpenedVision, openVision } from '../open-vision.ts';
import { evaluateBarcodesCommand, evaluateMrzCommand } from './evaluate-documents.ts';
import { evaluateFieldsCommand } from './evaluate-fields.ts';
import { evaluatePadCommand } from './evaluate-pad.ts';
import { createProgress, paint, writeJson } from './output.ts';

/** Further evaluations are sibling subcommands, each in a file of its own. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('measure error rates on your own labelled data')
    .addCommand(facesCommand())
    .addCommand(searchCommand())
    .addCommand(evaluateMrzCommand())
    .addCommand(evaluateBarcodesCommand())
    .addCommand(evaluateFieldsCommand())
    .addCommand(evaluatePadCommand());
}

interface ReportOptions {
  root: string;
  pack?: string;
  json?: boolean | string;
  html?: string;
}

function withReportOptions(command: Command): Command {
  return command
    .requiredOption('--root <folder>', 'folder that the file names of the lists start from')
    .option('--pack <name|folder>', 'use another model pack')
    .option(
      '--json [file]',
      'print the report as JSON, or write it to a file (- for standard output)',
    )
    .option('--html <file>', 'write a report with plots');
}

function facesCommand(): Command {
  return withReportOptions(new Command('faces'))
    .description('1:1 comparison: false match and false non-match rates')
    .requiredOption('--pairs <csv>', 'list with the columns file_a, file_b, same (1 or 0)')
    .option('--group-by <column>', 'also give the rates for each value of a further column')
    .action(async (options: ReportOptions & { pairs: string; groupBy?: string }) => {
      const report = await measure(options, 'pictures', (vision, common) =>
        evaluateFaces(vision, vision.pack, {
          ...common,
          pairs: readList(options.pairs, 'pairs'),
          ...(options.groupBy !== undefined && { groupBy: options.groupBy }),
        }),
      );
      publish(options, report, renderFaceReport, renderFaceTable);
    });
}

function searchCommand(): Command {
  return withReportOptions(new Command('search'))
    .description('1:N search: false negative and false positive identification rates')
    .requiredOption('--gallery <csv>', 'list with the columns file, identity')
    .requiredOption('--probes <csv>', 'list with the columns file, identity, mated (1 or 0)')
    .action(async (options: ReportOptions & { gallery: string; probes: string }) => {
      const report = await measure(options, 'pictures', (vision, common) =>
        evaluateSearch(vision, vision.pack, {
          ...common,
          gallery: readList(options.gallery, 'gallery'),
          probes: readList(options.probes, 'probes'),
        }),
      );
      publish(options, report, renderSearchReport, renderSearchTable);
    });
}

interface Common {
  readonly root: string;
  readonly concurrency: number;
  readonly onProgress: (done: number, total: number) => void;
}

async function measure<Report>(
  { root, pack }: ReportOptions,
  what: string,
  evaluate: (vision: OpenedVision, common: Common) => Promise<Report>,
): Promise<Report> {
  const processes = availableParallelism();
  const { dataDir } = loadConfig(process.env);
  const progress = createProgress();
  const vision = await openVision({ dataDir, processes, pack });
  try {
    return await evaluate(vision, {
      root,
      concurrency: processes * 2,
      onProgress: (done, total) => progress.update(done, total, what),
    });
  } finally {
    progress.finish();
    await vision.close();
  }
}

function readList(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError('evaluation_list_invalid', `${name}: ${file} cannot be read`, { cause });
  }
}

function publish<Report>(
  { json, html }: ReportOptions,
  report: Report,
  toHtml: (report: Report) => string,
  toText: (report: Report) => string,
): void {
  if (html !== undefined) writeFileSync(html, toHtml(report));
  writeJson(json, report);
  const isStdoutTaken = json === true || json === '-';
  if (!isStdoutTaken) console.log(toText(report));
}

function renderFaceTable(report: FaceReport): string {
  const { at_threshold: at, model } = report;
  const rows = [['all', report] as const, ...Object.entries(report.groups)];
  const width = Math.max(...rows.map(([name]) => name.length), 5);
  const head = `${'group'.padEnd(width)}   pairs      EER  FNMR@FMR1%  @0.1%   FMR@${at.similarity}  FNMR@${at.similarity}`;
  const line = (name: string, rates: FaceRates) =>
    [
      name.padEnd(width),
      String(rates.pairs).padStart(7),
      percent(rates.eer),
      percent(rates.fnmr_at_fmr['0.01']).padStart(11),
      percent(rates.fnmr_at_fmr['0.001']),
      percent(rates.at_threshold.fmr),
      percent(rates.at_threshold.fnmr),
    ].join(' ');
  return [
    `${paint('bold', model.name)} (${model.sha256.slice(0, 12)}), ${report.images} images, ${report.cpu_ms_per_image} ms of CPU each`,
    head,
    ...rows.map(([name, rates]) => line(name, rates)),
    ...failureLines(report),
    ...report.warnings.map((warning) => paint('yellow', `! ${warning}`)),
  ].join('\n');
}

function renderSearchTable(report: SearchReport): string {
  return [
    `${paint('bold', report.model.name)} (${report.model.sha256.slice(0, 12)}), gallery ${report.gallery}, probes ${report.probes} (${report.mated} mated)`,
    `FNIR at FPIR 1 %: ${percent(report.fnir_at_fpir['0.01'])}   rank 1: ${percent(report.rank1)}`,
    ...failureLines(report),
    ...report.warnings.map((warning) => paint('yellow', `! ${warning}`)),
  ].join('\n');
}

function failureLines({ failures }: Pick<FaceReport, 'failures'>): string[] {
  if (failures.length === 0) return [];
  const shown = failures.slice(0, 20).map(({ file, code }) => `  ${file}: ${code}`);
  const more = failures.length > shown.length ? ['  … (all of them with --json)'] : [];
  return [`${failures.length} images gave no face:`, ...shown, ...more];
}

function percent(rate: number | null): string {
  return (rate === null ? '–' : `${(rate * 100).toFixed(2)} %`).padStart(8);
}
