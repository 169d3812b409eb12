import type { ParsedAamva } from './aamva.ts';
import {
  type CrossCheck,
  type CrossCheckedField,
  crossCheck,
  crossCheckedFields,
  type SourcedValue,
} from './cross-check.ts';
import type { DocumentReading } from './read-document.task.ts';

/** What a side says in each of its places, field by field, and how these agree. */
export function crossCheckReading({
  mrz,
  barcodes,
  visual,
}: Pick<DocumentReading, 'mrz' | 'barcodes' | 'visual'>): readonly CrossCheck[] {
  const aamva = barcodes.find((barcode) => barcode.aamva)?.aamva;
  const stated: Partial<Record<CrossCheckedField, SourcedValue[]>> = {};
  for (const field of crossCheckedFields) {
    stated[field] = [
      ...sourced('mrz', mrz && fromZone(mrz.fields, field)),
      ...sourced('barcode', aamva && fromBarcode(aamva, field)),
      ...(visual?.fields ?? [])
        // What was found because it agrees says nothing by agreeing.
        .filter(({ name, assignedBy }) => name === field && assignedBy !== 'agreement')
        .map(({ value, confidence }) => ({ source: 'visual' as const, value, confidence })),
    ];
  }
  return crossCheck(stated);
}

function sourced(source: SourcedValue['source'], value: string | undefined): SourcedValue[] {
  return value ? [{ source, value }] : [];
}

type ZoneFields = NonNullable<DocumentReading['mrz']>['fields'];

function fromZone(fields: ZoneFields, field: CrossCheckedField): string | undefined {
  return {
    surname: fields.surname,
    given_names: fields.givenNames,
    birth_date: fields.birthDate,
    sex: fields.sex,
    document_number: fields.documentNumber,
    issue_date: undefined,
    expiry_date: fields.expiryDate,
  }[field];
}

function fromBarcode({ fields }: ParsedAamva, field: CrossCheckedField): string | undefined {
  return {
    surname: fields.familyName,
    given_names: [fields.firstName, fields.middleNames].filter(Boolean).join(' '),
    birth_date: fields.birthDate,
    sex: fields.sex,
    document_number: fields.documentNumber,
    issue_date: fields.issueDate,
    expiry_date: fields.expiryDate,
  }[field];
}
