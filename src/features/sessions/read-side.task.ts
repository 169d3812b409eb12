import type { RgbImage } from '../../core/image.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import { halve } from '../../vision/image/pyramid.ts';
import {
  type CaptureHint,
  type DecodedMrz,
  type DocumentReading,
  fitsNumberForm,
  type ParsedAamva,
  readDocument,
} from '../documents/index.ts';
import { type DocumentData, SideReading } from './document-data.ts';

export interface ReadSideInput {
  readonly bytes: Uint8Array;
  /** What refusals call it: the stream. */
  readonly name: string;
  readonly isVideo: boolean;
  /** ISO date; decides centuries. */
  readonly today: string;
}

export interface SideAnswer {
  readonly reading: SideReading;
  /** What is wrong with the capture that was read. */
  readonly hints: readonly CaptureHint[];
  readonly models: readonly string[];
}

/** Frames of a video that are weighed, and of these the sharpest that are read. */
const weighed = 12;
const mostRead = 2;

/** Zone and barcode of one side of a document. A side without either is an answer. */
export const readSide: Task<ReadSideInput, SideAnswer> = {
  name: 'read-side',
  timeoutMs: 40_000,
  async run(ports, input) {
    let best: SideAnswer | undefined;
    for (const image of await chooseImages(ports, input)) {
      const answer = await readImage(ports, image, input);
      if (isSound(answer)) return answer;
      if (!best?.reading.data) best = answer;
    }
    return best ?? { reading: { codes: [] }, hints: ['no_document'], models: [] };
  },
};

function isSound({ reading }: SideAnswer): boolean {
  return reading.data !== undefined && !reading.codes.some((code) => code.endsWith('_FAILED'));
}

async function chooseImages(ports: TaskPorts, input: ReadSideInput): Promise<RgbImage[]> {
  if (!input.isVideo) return [await ports.decodeImage(input.bytes, input.name)];
  const best: { image: RgbImage; worth: number }[] = [];
  await ports.decodeVideo(input.bytes, input.name, { maxFrames: weighed }, ({ image }) => {
    best.push({ image, worth: worthOf(image) });
    best.sort((a, b) => b.worth - a.worth);
    best.length = Math.min(best.length, mostRead);
  });
  return best.map(({ image }) => image);
}

/** Blown out from here on: what lies under a reflection cannot be read. */
const blownOut = 252;

/**
 * Mean squared difference of neighbours at half size (motion and focus blur lower it, noise hardly counts), less for
 * each hundredth of the picture that is blown out. Comparable between the frames of one video only.
 */
function worthOf(image: RgbImage): number {
  const { data, width, height } = halve(image);
  let sum = 0;
  let glare = 0;
  for (let i = 3; i < data.length; i += 3) {
    const green = data[i + 1] ?? 0;
    const difference = green - (data[i - 2] ?? 0);
    sum += difference * difference;
    if (green >= blownOut) glare++;
  }
  const pixels = width * height;
  return (sum / pixels) * Math.max(0.2, 1 - (5 * glare) / pixels);
}

async function readImage(
  ports: TaskPorts,
  image: RgbImage,
  { name, today }: ReadSideInput,
): Promise<SideAnswer> {
  const side = name === 'document_back' ? 'back' : 'front';
  const read = await readDocument.run(ports, { image, name, today, side });
  const { mrz, barcodes, visual } = read;
  const models = read.models.map(({ sha256 }) => sha256);
  const aamva = barcodes.find((barcode) => barcode.aamva)?.aamva;
  const machine =
    mrz && (mrz.valid || !aamva)
      ? fromMrz(mrz)
      : aamva
        ? fromAamva(aamva)
        : { data: undefined, codes: [] as readonly string[] };
  const { template } = visual ?? {};
  const { data, ...rest } = machine;
  const reading: SideReading = {
    ...rest,
    ...(data && { data }),
    codes: [...machine.codes, ...numberFaults(machine.data?.document_number, template?.numberForm)],
    ...(visual && { printed: printedBy(visual) }),
    ...(template && { type: template.type, state: template.issuingState }),
  };
  return { reading, hints: read.hints, models };
}

function numberFaults(number: string | undefined, form: string | undefined): string[] {
  const isKnown = number === undefined || form === undefined || fitsNumberForm(number, form);
  return isKnown ? [] : ['DOCUMENT_NUMBER_FORMAT_UNKNOWN'];
}

/** What was found because it agrees with zone or barcode says nothing by agreeing. */
function printedBy({ fields }: NonNullable<DocumentReading['visual']>): SideReading['printed'] {
  const kept = fields.filter(
    ({ name, assignedBy }) =>
      assignedBy !== 'agreement' &&
      Object.hasOwn(SideReading.shape.printed.unwrap().keyType.enum, name),
  );
  return Object.fromEntries(
    kept.map(({ name, value, confidence }) => [name, { value, confidence }]),
  );
}

function fromMrz({ fields, valid, corrections, certainty }: DecodedMrz): SideReading {
  const data: DocumentData = {
    source: 'mrz',
    ...defined({
      document_type: documentTypes[fields.documentCode?.charAt(0) ?? ''],
      // Germany writes a single letter (ICAO Doc 9303-3, section 5).
      issuing_country: toIso(fields.issuingState),
      document_number: fields.documentNumber,
      surname: fields.surname,
      given_names: fields.givenNames,
      birth_date: fields.birthDate,
      expiry_date: fields.expiryDate,
      sex: fields.sex,
      nationality: toIso(fields.nationality),
    }),
  };
  const codes = [
    ...(valid ? [] : ['MRZ_VALIDATION_FAILED']),
    ...(corrections.length > 0 ? ['MRZ_CORRECTED'] : []),
  ];
  return { data, codes, certainty: Math.round(100 * Math.min(1, ...certainty)) };
}

const documentTypes: Readonly<Record<string, string>> = {
  P: 'passport',
  I: 'id_card',
  A: 'id_card',
  C: 'id_card',
  V: 'visa',
  D: 'driving_licence',
};

function fromAamva({ fields, kind, faults }: ParsedAamva): SideReading {
  const data: DocumentData = {
    source: 'barcode',
    document_type: kind,
    ...defined({
      issuing_country: fields.country,
      document_number: fields.documentNumber,
      surname: fields.familyName,
      given_names: [fields.firstName, fields.middleNames].filter(Boolean).join(' ') || undefined,
      birth_date: fields.birthDate,
      issue_date: fields.issueDate,
      expiry_date: fields.expiryDate,
      sex: fields.sex,
      address: addressOf(fields),
    }),
  };
  return { data, codes: faults.length > 0 ? ['BARCODE_VALIDATION_FAILED'] : [] };
}

function addressOf({ street, city, jurisdiction, postalCode }: ParsedAamva['fields']) {
  return [street, city, jurisdiction, postalCode].filter(Boolean).join(', ') || undefined;
}

function toIso(state: string | undefined): string | undefined {
  return state === 'D' ? 'DEU' : state;
}

function defined<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
