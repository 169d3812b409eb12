import table from './data/aamva-elements.json' with { type: 'json' };
import { type IsoDate, isIsoDate } from './mrz-dates.ts';

/** What an AAMVA barcode says, in our own terms. Absent: not coded, or coded as "none". */
export interface AamvaFields {
  readonly documentNumber?: string;
  readonly familyName?: string;
  readonly firstName?: string;
  readonly middleNames?: string;
  readonly nameSuffix?: string;
  readonly birthDate?: IsoDate;
  readonly issueDate?: IsoDate;
  readonly expiryDate?: IsoDate;
  readonly cardRevisionDate?: IsoDate;
  readonly sex?: 'F' | 'M' | 'X';
  readonly heightCm?: number;
  readonly eyeColour?: string;
  readonly hairColour?: string;
  readonly street?: string;
  readonly street2?: string;
  readonly city?: string;
  readonly jurisdiction?: string;
  readonly postalCode?: string;
  readonly country?: 'USA' | 'CAN';
  readonly vehicleClass?: string;
  readonly restrictions?: string;
  readonly endorsements?: string;
  readonly documentDiscriminator?: string;
}

export interface ParsedAamva {
  /** Issuer identification number of the jurisdiction. */
  readonly issuer: string;
  /** Two digits, `01` (2000) … `10` (2020). */
  readonly version: string;
  readonly kind: 'driving_licence' | 'id_card';
  readonly fields: AamvaFields;
  /** Element identifiers whose value breaks its grammar. */
  readonly faults: readonly string[];
  /** Identifiers that the standard does not know in this version; those of jurisdictions begin with Z. */
  readonly unknown: readonly string[];
}

type Kind = (typeof table.elements)[keyof typeof table.elements]['kind'];
interface ElementSpec {
  readonly name: string;
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
}
const specs: Readonly<Record<string, ElementSpec | undefined>> = table.elements;

/** `ANSI `, issuer, version; from version 02 on also a jurisdiction version; number of subfiles, then their directory. */
const header = /(?:ANSI|AAMVA)\s?(\d{6})(\d\d)(\d{2}|\d{4})((?:(?:DL|ID|EN|Z[A-Z])\d{4,8}){1,9})/;

/**
 * Reads the payload of an AAMVA driving licence or identity card, versions 01 to 10. Offsets in the directory are
 * not trusted: issuers get them wrong. Undefined when the text is not of this standard.
 */
export function parseAamva(text: string): ParsedAamva | undefined {
  const match = header.exec(text);
  if (!match) return undefined;
  const [whole, issuer = '', version = '', , directory = ''] = match;
  const body = text.slice(match.index + whole.length);
  const elements = splitElements(body);
  const read = new Map<string, string>();
  const faults: string[] = [];
  const unknown: string[] = [];
  for (const [id, value] of elements) {
    const spec = specs[id];
    if (!spec || !isDefined(spec, version)) unknown.push(id);
    if (!spec || spec.kind === 'secret') continue;
    const clean = cleanValue(spec.kind, value);
    if (clean === undefined) faults.push(id);
    else if (clean !== '') read.set(spec.name, clean);
  }
  return {
    issuer,
    version,
    kind: directory.startsWith('ID') ? 'id_card' : 'driving_licence',
    fields: fieldsOf(read),
    faults,
    unknown,
  };
}

/** Some issuers go on using an element after the standard dropped it, so it is read all the same. */
function isDefined({ from, to }: ElementSpec, version: string): boolean {
  const number = Number(version);
  return number >= from && number <= to;
}

/** Line feed, carriage return, and the file, group and record separators; some readers print them as bars. */
const separators = /\p{Cc}+/u;

/** `DAQ1234` lines; the first one follows its subfile type at once. */
function splitElements(body: string): [string, string][] {
  const lines = body.trim().split(separators);
  return (lines.length > 1 ? lines : body.split('|')).flatMap((line, i): [string, string][] => {
    const text = i === 0 ? line.replace(/^(DL|ID|EN)(?=[DZ][A-Z]{2})/, '') : line;
    const element = /^([DZ][A-Z]{2})(.*)$/s.exec(text);
    return element ? [[element[1] ?? '', element[2] ?? '']] : [];
  });
}

/** Empty string: coded as nothing. Undefined: not what the element may hold. */
function cleanValue(kind: Kind, raw: string): string | undefined {
  const value = raw.replaceAll(/\s+/g, ' ').trim();
  if (/^(NONE|UNAVL|UNAVAIL|UNK|N\/A)?,?$/i.test(value)) return '';
  switch (kind) {
    case 'date':
      return dateOf(value);
    case 'sex':
      return sexOf(value);
    case 'height':
      return heightOf(value);
    case 'postal_code':
      return postalCodeOf(value);
    default:
      return value.replace(/,$/, '');
  }
}

/** MMDDCCYY in the United States, CCYYMMDD in Canada and in version 01; the two cannot be confused before 2100. */
function dateOf(value: string): string | undefined {
  if (/^0{8}$/.test(value)) return '';
  const yearFirst = /^((?:19|20|21)\d\d)(\d\d)(\d\d)$/.exec(value);
  const yearLast = /^(\d\d)(\d\d)(\d{4})$/.exec(value);
  const [year, month, day] = yearFirst
    ? [yearFirst[1], yearFirst[2], yearFirst[3]]
    : [yearLast?.[3], yearLast?.[1], yearLast?.[2]];
  const date = `${year}-${month}-${day}`;
  return isIsoDate(date) ? date : undefined;
}

function sexOf(value: string): string | undefined {
  const sexes: Record<string, string> = { 1: 'M', 2: 'F', 9: 'X', 0: 'X', M: 'M', F: 'F', X: 'X' };
  return sexes[value.toUpperCase()];
}

/** Centimetres, from `069 IN`, `170 CM`, `509` (feet and inches, version 01) or `5'-09"`. */
function heightOf(value: string): string | undefined {
  const metric = /^(\d{2,3}) ?CM$/i.exec(value);
  if (metric) return String(Number(metric[1]));
  const feet = /^(\d)'?-?(\d\d)"?$/.exec(value);
  const inches = /^(\d{2,3}) ?(?:IN|")?$/i.exec(value);
  const total = feet ? 12 * Number(feet[1]) + Number(feet[2]) : Number(inches?.[1]);
  return total >= 20 && total <= 107 ? String(Math.round(total * 2.54)) : undefined;
}

/** Padded with zeros to nine digits where only five are known. */
function postalCodeOf(value: string): string {
  const code = value.replaceAll(/[\s-]/g, '');
  return /^\d{9,}$/.test(code) ? code.replace(/0000$/, '') : code;
}

function fieldsOf(read: ReadonlyMap<string, string>): AamvaFields {
  const first = (...names: string[]) =>
    names.map((name) => read.get(name)).find((value) => value !== undefined);
  const height = first('height', 'height_cm');
  const country = first('country');
  const fields: Record<string, string | number | undefined> = {
    documentNumber: first('document_number'),
    ...namesOf(read),
    nameSuffix: first('name_suffix'),
    birthDate: first('birth_date'),
    issueDate: first('issue_date'),
    expiryDate: first('expiry_date'),
    cardRevisionDate: first('card_revision_date'),
    sex: first('sex'),
    heightCm: height === undefined ? undefined : Number(height),
    eyeColour: first('eye_colour'),
    hairColour: first('hair_colour'),
    street: first('street', 'residence_street'),
    street2: first('street_2', 'residence_street_2'),
    city: first('city', 'residence_city'),
    jurisdiction: first('jurisdiction', 'residence_jurisdiction'),
    postalCode: first('postal_code', 'residence_postal_code'),
    country: country === 'USA' || country === 'CAN' ? country : undefined,
    vehicleClass: first('vehicle_class'),
    restrictions: first('restrictions'),
    endorsements: first('endorsements'),
    documentDiscriminator: first('document_discriminator'),
  };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(present) as AamvaFields;
}

/** One element each, all given names in one (versions 02 and 03), or the whole name in one (version 01). */
function namesOf(read: ReadonlyMap<string, string>) {
  const givenNames = read.get('given_names') ?? '';
  // The standard parts them by commas; several issuers use spaces.
  const given = givenNames.split(/[,$]/.test(givenNames) ? /[,$]/ : ' ');
  const [family, ...whole] = read.get('full_name')?.split(/[,$]/) ?? [];
  const [first, ...middle] = givenNames === '' ? whole : given;
  return {
    familyName: read.get('family_name') ?? family,
    firstName: read.get('first_name') ?? first,
    middleNames: read.get('middle_names') ?? middle.join(' '),
  };
}
