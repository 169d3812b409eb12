import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import {
  type DocumentFieldsJson,
  type DocumentReadingJson,
  isPdf,
  readDocument,
  readLetter,
  toDocumentJson,
  toProofJson,
} from '../../features/documents/index.ts';
import { drawOverlay } from '../../platform/media/overlay.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { documentsSheetCommand } from './documents-sheet.ts';
import { exitCodes, paint, writeJson } from './output.ts';
import { readPictureFile } from './picture-file.ts';

interface ReadOptions {
  side?: 'front' | 'back';
  kind?: 'identity-document' | 'proof-of-address';
  overlay?: string;
  json?: boolean | string;
  pack?: string;
}

export function documentsCommand(): Command {
  return new Command('documents')
    .description('read identity documents')
    .addCommand(readCommand())
    .addCommand(documentsSheetCommand());
}

function readCommand(): Command {
  return new Command('read')
    .description('read one side of an identity document, or a proof of address')
    .argument('<file>', 'picture of the document, or a PDF')
    .addOption(new Option('--side <side>', 'the side that is expected').choices(['front', 'back']))
    .addOption(
      new Option('--kind <kind>', 'what it is; a PDF is always a proof of address').choices([
        'identity-document',
        'proof-of-address',
      ]),
    )
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
        const isLetter = options.kind === 'proof-of-address' || isPdf(bytes);
        const reading = isLetter
          ? toProofJson(await readLetter(vision, input))
          : toDocumentJson(await vision.run(readDocument, input), vision.pack);
        if (options.overlay && !isPdf(bytes))
          await writeFile(options.overlay, await drawOverlay(bytes, marksOf(reading)));
        writeJson(options.json, reading);
        if (options.json === undefined) console.log(render(reading, today));
        process.exitCode = isSound(reading) ? exitCodes.ok : exitCodes.negative;
      } finally {
        await vision.close();
      }
    });
}

function isSound({ mrz, barcodes, cross_checks, proof_of_address }: DocumentReadingJson): boolean {
  if (proof_of_address) return proof_of_address.addresses.length > 0;
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
  if (reading.proof_of_address) return renderProof(reading.proof_of_address);
  return [
    outline ? `Document  ${outline.size} format, four corners found` : 'Document  no outline found',
    ...(mrz ? renderMrz(mrz, today) : ['Zone      none']),
    ...barcodes.flatMap((barcode) => renderBarcode(barcode, today)),
    ...(visual ? renderVisual(visual) : []),
    ...reading.cross_checks.flatMap(renderCrossCheck),
    `Portrait  ${portrait ? `found${renderGhost(portrait.ghost)}` : 'none'}`,
    ...hints.map(({ code, text }) => paint('yellow', `! ${text} [${code}]`)),
  ].join('\n');
}

function renderGhost(ghost: NonNullable<DocumentReadingJson['portrait']>['ghost']): string {
  return ghost ? `, and a smaller repetition of it (similarity ${ghost.similarity})` : '';
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

function renderProof({
  pages,
  text_source,
  issue_date,
  issue_date_by,
  addresses,
}: NonNullable<DocumentReadingJson['proof_of_address']>): string {
  const by = issue_date_by === 'label' ? 'by its label' : 'the latest date on it';
  return [
    `Letter    ${pages} page${pages === 1 ? '' : 's'}, ${text_source === 'ocr' ? 'read from pixels' : 'text of the PDF'}`,
    `Issued    ${issue_date ? `${issue_date}, ${by}` : 'no date found'}`,
    ...addresses.map(({ name, lines }) => `Address   ${[name, ...lines].join(', ')}`),
    ...(addresses.length === 0 ? ['Address   none found'] : []),
  ].join('\n');
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
