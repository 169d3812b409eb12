import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import {
  type DocumentFieldsJson,
  type DocumentReadingJson,
  readDocument,
  toDocumentJson,
} from '../../features/documents/index.ts';
import { drawOverlay } from '../../platform/media/overlay.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { exitCodes, paint, writeJson } from './output.ts';
import { readPictureFile } from './picture-file.ts';

interface ReadOptions {
  side?: 'front' | 'back';
  overlay?: string;
  json?: boolean | string;
  pack?: string;
}

export function documentsCommand(): Command {
  return new Command('documents').description('read identity documents').addCommand(readCommand());
}

function readCommand(): Command {
  return new Command('read')
    .description('read one side of an identity document')
    .argument('<file>', 'picture of the document')
    .addOption(new Option('--side <side>', 'the side that is expected').choices(['front', 'back']))
    .option('--overlay <png>', 'write the picture with what was found drawn on it')
    .option('--json [file]', 'print the result as JSON, or write it to a file')
    .option('--pack <name|folder>', 'use another model pack')
    .addHelpText(
      'after',
      '\nExit code: 0 something was read and nothing speaks against it, 1 not, 2 unusable input, 4 failure.',
    )
    .action(async (file: string, options: ReadOptions) => {
      const bytes = await readPictureFile(file, 'file');
      const { dataDir } = loadConfig(process.env);
      const vision = await openVision({ dataDir, processes: 1, pack: options.pack });
      try {
        const today = new Date().toISOString().slice(0, 10);
        const side = options.side && { side: options.side };
        const input = { bytes, name: 'file', today, ...side };
        const reading = toDocumentJson(await vision.run(readDocument, input));
        if (options.overlay)
          await writeFile(options.overlay, await drawOverlay(bytes, marksOf(reading)));
        writeJson(options.json, reading);
        if (options.json === undefined) console.log(render(reading, today));
        process.exitCode = isSound(reading) ? exitCodes.ok : exitCodes.negative;
      } finally {
        await vision.close();
      }
    });
}

function isSound({ mrz, barcodes, cross_checks }: DocumentReadingJson): boolean {
  if (cross_checks.some(({ agreement }) => agreement === 'differs')) return false;
  if (mrz) return mrz.valid;
  return barcodes.some(({ fields, faults }) => fields !== undefined && faults.length === 0);
}

function marksOf({ outline, mrz, barcodes, visual }: DocumentReadingJson) {
  return [
    ...(outline ? [{ corners: outline.corners, colour: '#2f9e44', label: outline.size }] : []),
    ...(mrz ? [{ corners: mrz.corners, colour: '#1c7ed6', label: mrz.format }] : []),
    ...barcodes
      .filter(({ on }) => on === 'picture')
      .map(({ corners, format }) => ({ corners, colour: '#e8590c', label: format })),
    ...(visual?.fields ?? []).map(({ corners, name }) => ({
      corners,
      colour: '#7048e8',
      label: name,
    })),
  ];
}

function render(reading: DocumentReadingJson, today: string): string {
  const { outline, mrz, barcodes, portrait, visual, hints } = reading;
  return [
    outline ? `Document  ${outline.size} format, four corners found` : 'Document  no outline found',
    ...(mrz ? renderMrz(mrz, today) : ['Zone      none']),
    ...barcodes.flatMap((barcode) => renderBarcode(barcode, today)),
    ...(visual ? renderVisual(visual) : []),
    ...reading.cross_checks.flatMap(renderCrossCheck),
    `Portrait  ${portrait ? 'found' : 'none'}`,
    ...hints.map(({ code, text }) => paint('yellow', `! ${text} [${code}]`)),
  ].join('\n');
}

function renderMrz(mrz: NonNullable<DocumentReadingJson['mrz']>, today: string): string[] {
  const verdict = mrz.valid
    ? paint('green', '✓ every check digit and field is right')
    : paint(
        'red',
        `✗ ${[...mrz.failed_checks.map((name) => `check digit ${name}`), ...mrz.faults.map(({ field, code }) => `${field}: ${code}`)].join(', ') || 'no check digit protects it'}`,
      );
  const lines = mrz.lines.map(({ text, accepted, certainty }) => {
    const note = accepted ? '' : paint('yellow', `  not vouched for (certainty ${certainty})`);
    return `          ${text}${note}`;
  });
  const corrected = mrz.corrections.map(
    ({ line, column, from, to, proven_by }) =>
      `          corrected line ${line + 1}, column ${column + 1}: ${from} → ${to}, proven by ${proven_by.join(' and ')}`,
  );
  return [
    `Zone      ${mrz.format}  ${verdict}`,
    ...lines,
    ...corrected,
    ...renderFields(mrz.fields, today),
  ];
}

function renderBarcode(barcode: DocumentReadingJson['barcodes'][number], today: string): string[] {
  const what = barcode.standard
    ? `AAMVA version ${barcode.version}, issuer ${barcode.issuer}`
    : 'of no standard that we read';
  const faults = barcode.faults.map((id) =>
    paint('red', `          element ${id} is not what it should be`),
  );
  return [
    `Barcode   ${barcode.format}, ${what}`,
    ...faults,
    ...(barcode.fields ? renderFields(barcode.fields, today) : []),
  ];
}

type CrossCheckJson = DocumentReadingJson['cross_checks'][number];

/** What agrees needs no line. */
function renderCrossCheck({ field, agreement, values }: CrossCheckJson): string[] {
  if (agreement === 'same') return [];
  const said = values.map(({ source, value }) => `${source} ${value}`).join(', ');
  const text = `${field.replaceAll('_', ' ')} ${agreement}: ${said}`;
  return [paint(agreement === 'differs' ? 'red' : 'yellow', `! ${text}`)];
}

function renderVisual({
  template,
  fields,
  words,
}: NonNullable<DocumentReadingJson['visual']>): string[] {
  const by = template
    ? `template ${template.id}, ${Math.round(100 * template.agreement)} % of its labels found`
    : 'no template; fields by their labels';
  const width = Math.max(0, ...fields.map(({ name }) => name.length));
  return [
    `Print     ${words} words, ${by}`,
    ...fields.map(({ name, value, confidence, assigned_by }) => {
      const how = assigned_by === 'agreement' ? 'as in zone or barcode' : `${confidence} %`;
      const text = confidence < 60 ? paint('yellow', how) : how;
      return `          ${name.replaceAll('_', ' ').padEnd(width)}  ${value}  ${text}`;
    }),
  ];
}

function renderFields(fields: DocumentFieldsJson, today: string): string[] {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields).map(([name, value]) => {
    const isExpired = name === 'expiry_date' && String(value) < today;
    const note = isExpired ? paint('red', '  expired') : '';
    return `          ${name.replaceAll('_', ' ').padEnd(width)}  ${value}${note}`;
  });
}
