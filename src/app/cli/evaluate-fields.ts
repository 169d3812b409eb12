import { Command } from 'commander';
import {
  evaluateFields,
  type FieldFigures,
  type FieldsReport,
} from '../../features/evaluation/index.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { readEvaluationList } from './evaluation-list.ts';
import { createProgress, paint, writeJson } from './output.ts';

interface FieldsOptions {
  truth: string;
  root: string;
  pack?: string;
  templates: boolean;
  json?: boolean | string;
}

export function evaluateFieldsCommand(): Command {
  return new Command('fields')
    .description('printed fields of documents: read right, wrong, not at all')
    .requiredOption('--truth <csv>', 'list of the pictures, a column for each printed field')
    .requiredOption('--root <folder>', 'folder that the file names of the list start from')
    .option('--no-templates', 'read by labels alone, as documents that no template knows')
    .option('--pack <name|folder>', 'use another model pack')
    .option(
      '--json [file]',
      'print the report as JSON, or write it to a file (- for standard output)',
    )
    .action(async (options: FieldsOptions) => {
      const report = await measure(options);
      writeJson(options.json, report);
      if (options.json !== true && options.json !== '-') console.log(render(report));
    });
}

async function measure({ truth, root, pack, templates }: FieldsOptions): Promise<FieldsReport> {
  const list = readEvaluationList(truth, 'truth');
  const progress = createProgress();
  const { dataDir } = loadConfig(process.env);
  const vision = await openVision({ dataDir, processes: 1, pack });
  try {
    return await evaluateFields(vision, {
      truth: list,
      root,
      today: new Date().toISOString().slice(0, 10),
      withoutTemplates: !templates,
      onProgress: (done, total) => progress.update(done, total, 'pictures'),
    });
  } finally {
    progress.finish();
    await vision.close();
  }
}

function render(report: FieldsReport): string {
  const rows: [string, FieldFigures][] = [
    ['all', report],
    ['tuned on', report.halves.tuned_on],
    ['held out', report.halves.held_out],
    ...prefixed('template', report.by_template),
    ...prefixed('by', report.by_assignment),
    ...prefixed('field', report.by_field),
  ];
  return [
    paint('bold', `${''.padEnd(26)} fields        right   wrong  missing  wrong and certain`),
    ...rows.map(([name, figures]) => row(name, figures)),
    `${report.documents} documents, ${report.ms_median} ms of CPU each (median), ${report.ms_max} at most`,
    `said to contradict themselves: ${report.accused.join(', ') || 'none'}`,
    ...report.failures.map(({ file, code }) => `${file}: ${code}`),
    ...report.differing.map(
      ({ file, field, expected, read }) => `  ${file} ${field}: ${expected} → ${read ?? '–'}`,
    ),
  ].join('\n');
}

function prefixed(
  prefix: string,
  figures: Readonly<Record<string, FieldFigures>>,
): [string, FieldFigures][] {
  return Object.entries(figures).map(([name, part]) => [`${prefix} ${name}`, part]);
}

function row(name: string, { fields, right, wrong, missing, wrong_and_certain }: FieldFigures) {
  const share = `${right} ${((100 * right) / Math.max(1, fields)).toFixed(1)} %`;
  return [
    name.padEnd(26),
    String(fields).padStart(6),
    share.padStart(12),
    String(wrong).padStart(7),
    String(missing).padStart(8),
    String(wrong_and_certain).padStart(18),
  ].join(' ');
}
