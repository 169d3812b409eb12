import { z } from 'zod';
import type { Box, Point } from '../../core/image.ts';
import type { Quad } from '../../vision/image/transform.ts';
import { type FaceModels, toSimilarity } from '../faces/index.ts';
import type { AamvaFields } from './aamva.ts';
import { type CaptureHint, captureHints } from './capture-hints.ts';
import { crossCheckedFields } from './cross-check.ts';
import { crossCheckReading } from './document-facts.ts';
import type { MrzFields } from './mrz.ts';
import { ProofOfAddressJson, proofJson } from './proof-schemas.ts';
import type { DocumentReading } from './read-document.task.ts';
import type { ProofAnswer } from './read-proof.task.ts';
import type { VisualZone } from './read-visual-zone.task.ts';
import { visualFieldNames } from './visual-fields.ts';

/** JSON of what a document says, in snake_case, and the function that makes it. */

const PointJson = z.object({ x: z.number(), y: z.number() });
const CornersJson = z
  .array(PointJson)
  .length(4)
  .describe('Top left, top right, bottom right, bottom left in reading direction; pixels');
const Text = z.string().optional();
const IsoDay = z.iso.date().optional();

export const DocumentFieldsJson = z
  .object({
    document_code: Text,
    issuing_state: Text.describe('As printed: ISO 3166-1 alpha-3 or ICAO code'),
    document_number: Text,
    surname: Text,
    given_names: Text,
    nationality: Text,
    birth_date: IsoDay,
    issue_date: IsoDay,
    expiry_date: IsoDay,
    sex: z.enum(['F', 'M', 'X']).optional(),
    personal_number: Text,
    optional_data: Text,
    street: Text,
    city: Text,
    jurisdiction: Text,
    postal_code: Text,
  })
  .meta({ id: 'DocumentFields' });
export type DocumentFieldsJson = z.infer<typeof DocumentFieldsJson>;

const MrzJson = z
  .object({
    format: z.string(),
    lines: z.array(
      z.object({
        text: z.string(),
        certainty: z.number().describe('Probability of the least certain character, 0 to 1'),
        accepted: z.boolean().describe('All checks pass and every character is certain'),
      }),
    ),
    valid: z.boolean(),
    failed_checks: z.array(z.string()),
    faults: z.array(z.object({ field: z.string(), code: z.string() })),
    corrections: z
      .array(
        z.object({
          line: z.int(),
          column: z.int(),
          from: z.string(),
          to: z.string(),
          proven_by: z.array(z.string()),
        }),
      )
      .describe('Characters that were changed because check digits prove another one'),
    corners: CornersJson,
    fields: DocumentFieldsJson,
  })
  .meta({ id: 'MachineReadableZone' });

const BarcodeJson = z
  .object({
    format: z.string(),
    corners: CornersJson,
    on: z.enum(['picture', 'flattened']).describe('What the corners refer to'),
    standard: z.enum(['aamva']).optional(),
    version: Text,
    issuer: Text,
    faults: z.array(z.string()),
    fields: DocumentFieldsJson.optional(),
  })
  .meta({ id: 'DocumentBarcode' });

const CrossCheckJson = z
  .object({
    field: z.enum(crossCheckedFields),
    agreement: z
      .enum(['same', 'alike', 'unsure', 'differs'])
      .describe('unsure: different, but not read for certain'),
    similarity: z.int().describe('0 to 100'),
    values: z.array(z.object({ source: z.enum(['mrz', 'barcode', 'visual']), value: z.string() })),
  })
  .meta({ id: 'CrossCheck' });

const VisualZoneJson = z
  .object({
    corners: CornersJson.describe('The part of the picture that was read as the document'),
    template: z
      .object({
        id: z.string(),
        type: z.string(),
        issuing_state: z.string(),
        agreement: z.number().describe('Share of the printed labels found in their places, 0 to 1'),
      })
      .nullable(),
    fields: z.array(
      z.object({
        name: z.enum(visualFieldNames),
        value: z.string().describe('Dates as YYYY-MM-DD, sex as F, M or X'),
        raw: z.string().describe('As printed'),
        confidence: z.int().describe('Of the least certain word, 0 to 100'),
        assigned_by: z
          .enum(['template', 'label', 'agreement'])
          .describe('Place on a known document, printed label, or same text as zone or barcode'),
        corners: CornersJson,
      }),
    ),
    words: z.int(),
  })
  .meta({ id: 'VisualZone' });

const BoxJson = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

export const DocumentReadingJson = z
  .object({
    image: z.object({ width: z.int(), height: z.int() }),
    outline: z
      .object({ corners: CornersJson, size: z.enum(['ID-1', 'TD2', 'TD3']), support: z.number() })
      .nullable(),
    mrz: MrzJson.nullable(),
    barcodes: z.array(BarcodeJson),
    portrait: z
      .object({
        box: BoxJson,
        confidence: z.number(),
        on: z.enum(['flattened', 'picture']),
        ghost: z
          .object({
            box: BoxJson,
            similarity: z.number().describe('0 to 100, of the face to the portrait'),
          })
          .nullable()
          .describe('A smaller repetition of the portrait'),
        image: z
          .string()
          .optional()
          .meta({ contentEncoding: 'base64', contentMediaType: 'image/jpeg' })
          .describe('The portrait with room around it, upright; on request'),
      })
      .nullable(),
    visual: VisualZoneJson.nullable().describe('What is printed outside zone and barcodes'),
    cross_checks: z
      .array(CrossCheckJson)
      .describe('Fields that more than one of zone, barcode and print state'),
    hints: z.array(
      z.object({
        code: z.enum(Object.keys(captureHints) as [CaptureHint, ...CaptureHint[]]),
        text: z.string(),
      }),
    ),
    proof_of_address: ProofOfAddressJson.nullable().describe(
      'Of a PDF, or where `kind` asks for it; everything else is then empty',
    ),
    models: z.array(z.object({ name: z.string(), version: z.string(), sha256: z.string() })),
  })
  .meta({ id: 'DocumentReading' });
export type DocumentReadingJson = z.infer<typeof DocumentReadingJson>;

/** `faces` says what a likeness of the installed embedding means. */
export function toDocumentJson(
  reading: DocumentReading,
  faces: Pick<FaceModels, 'calibration'>,
): DocumentReadingJson {
  const { image, outline, mrz, barcodes, portrait, visual, hints, models } = reading;
  return {
    image,
    outline: outline ? { ...outline, corners: cornersJson(outline.corners) } : null,
    mrz: mrz ? mrzJson(mrz) : null,
    barcodes: barcodes.map(({ barcode, on, aamva }) => ({
      format: barcode.format,
      corners: cornersJson(barcode.corners),
      on,
      ...(aamva && { standard: 'aamva' as const, version: aamva.version, issuer: aamva.issuer }),
      faults: [...(aamva?.faults ?? [])],
      ...(aamva && { fields: aamvaFieldsJson(aamva.fields) }),
    })),
    portrait: portrait ? portraitJson(portrait, outline !== undefined, faces) : null,
    visual: visual ? visualJson(visual) : null,
    cross_checks: crossCheckReading(reading).map(({ field, agreement, similarity, values }) => ({
      field,
      agreement,
      similarity,
      values: values.map(({ source, value }) => ({ source, value })),
    })),
    hints: hints.map((code) => ({ code, text: captureHints[code] })),
    proof_of_address: null,
    models: [...models],
  };
}

/** The same answer for a letter. */
export function toProofJson(answer: ProofAnswer): DocumentReadingJson {
  const { width, height } = answer.size;
  return {
    image: { width: Math.round(width), height: Math.round(height) },
    outline: null,
    mrz: null,
    barcodes: [],
    portrait: null,
    visual: null,
    cross_checks: [],
    hints: [],
    proof_of_address: proofJson(answer),
    models: [],
  };
}

function mrzJson(mrz: NonNullable<DocumentReading['mrz']>): z.infer<typeof MrzJson> {
  return {
    format: mrz.format,
    lines: mrz.lines.map((text, i) => ({
      text,
      certainty: Math.round((mrz.certainty[i] ?? 0) * 1000) / 1000,
      accepted: mrz.accepted[i] ?? false,
    })),
    valid: mrz.valid,
    failed_checks: [...mrz.failedChecks],
    faults: [...mrz.faults],
    corrections: mrz.corrections.map(({ provenBy, ...correction }) => ({
      ...correction,
      proven_by: [...provenBy],
    })),
    corners: cornersJson(mrz.corners),
    fields: mrzFieldsJson(mrz.fields),
  };
}

function visualJson({
  corners,
  template,
  fields,
  words,
}: VisualZone): z.infer<typeof VisualZoneJson> {
  return {
    corners: cornersJson(corners),
    template: template
      ? {
          id: template.id,
          type: template.type,
          issuing_state: template.issuingState,
          agreement: Math.round(template.agreement * 100) / 100,
        }
      : null,
    fields: fields.map((field) => ({
      name: field.name,
      value: field.value,
      raw: field.raw,
      confidence: field.confidence,
      assigned_by: field.assignedBy,
      corners: cornersJson(field.corners),
    })),
    words,
  };
}

export function mrzFieldsJson(fields: MrzFields): DocumentFieldsJson {
  return present({
    document_code: fields.documentCode,
    issuing_state: fields.issuingState,
    document_number: fields.documentNumber,
    surname: fields.surname,
    given_names: fields.givenNames,
    nationality: fields.nationality,
    birth_date: fields.birthDate,
    expiry_date: fields.expiryDate,
    sex: fields.sex,
    personal_number: fields.personalNumber,
    optional_data: fields.optionalData,
  });
}

export function aamvaFieldsJson(fields: AamvaFields): DocumentFieldsJson {
  const given = [fields.firstName, fields.middleNames].filter((name) => name !== undefined);
  return present({
    issuing_state: fields.country,
    document_number: fields.documentNumber,
    surname: fields.familyName,
    given_names: given.length > 0 ? given.join(' ') : undefined,
    birth_date: fields.birthDate,
    issue_date: fields.issueDate,
    expiry_date: fields.expiryDate,
    sex: fields.sex,
    street: fields.street,
    city: fields.city,
    jurisdiction: fields.jurisdiction,
    postal_code: fields.postalCode,
  });
}

function present(fields: Record<string, string | undefined>): DocumentFieldsJson {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as DocumentFieldsJson;
}

function cornersJson(corners: Quad): Point[] {
  return corners.map(({ x, y }) => ({ x: tenth(x), y: tenth(y) }));
}

function portraitJson(
  { box, confidence, ghost, jpeg }: NonNullable<DocumentReading['portrait']>,
  isFlattened: boolean,
  { calibration }: Pick<FaceModels, 'calibration'>,
) {
  const similarity = ghost && toSimilarity(ghost.cosine, calibration);
  return {
    box: boxJson(box),
    confidence,
    on: isFlattened ? ('flattened' as const) : ('picture' as const),
    ghost:
      ghost && similarity !== undefined
        ? { box: boxJson(ghost.box), similarity: Math.round(similarity * 100) / 100 }
        : null,
    ...(jpeg && { image: Buffer.from(jpeg).toString('base64') }),
  };
}

function boxJson({ x, y, width, height }: Box): Box {
  return { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
