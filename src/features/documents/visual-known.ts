import type { AamvaFields, ParsedAamva } from './aamva.ts';
import type { TemplateHints } from './match-template.ts';
import type { MrzFields } from './mrz.ts';
import type { VisualFieldName } from './visual-fields.ts';

/** What a zone or barcode says, under the names of the visual zone. */
export function knownFrom(
  mrz: MrzFields | undefined,
  aamva: Pick<ParsedAamva, 'fields'> | undefined,
): Partial<Record<VisualFieldName, string>> {
  const known = mrz ? fromZone(mrz) : aamva ? fromBarcode(aamva.fields) : {};
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value));
}

/** Which documents it can be. */
export function hintsFrom(
  zone: { readonly format: string; readonly fields: MrzFields } | undefined,
  aamva: Pick<ParsedAamva, 'fields'> | undefined,
): TemplateHints {
  const mrz = zone?.fields;
  // Germany writes a single letter (Doc 9303-3, section 5).
  const state = mrz?.issuingState === 'D' ? 'DEU' : (mrz?.issuingState ?? aamva?.fields.country);
  const format = zone && { format: zone.format };
  return state !== undefined && /^[A-Z]{3}$/.test(state) ? { state, ...format } : {};
}

function fromZone(fields: MrzFields): Partial<Record<VisualFieldName, string | undefined>> {
  return {
    surname: fields.surname,
    given_names: fields.givenNames,
    birth_date: fields.birthDate,
    expiry_date: fields.expiryDate,
    document_number: fields.documentNumber,
    personal_number: fields.personalNumber,
  };
}

function fromBarcode(fields: AamvaFields): Partial<Record<VisualFieldName, string | undefined>> {
  return {
    surname: fields.familyName,
    given_names: [fields.firstName, fields.middleNames].filter(Boolean).join(' '),
    birth_date: fields.birthDate,
    issue_date: fields.issueDate,
    expiry_date: fields.expiryDate,
    document_number: fields.documentNumber,
  };
}
