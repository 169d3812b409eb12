import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { type AamvaFields, parseAamva } from './aamva.ts';

const licence = [
  '@',
  '\u001e',
  'ANSI 636015100002DL00410278ZT03190008DLDAQ12345678',
  'DCSDOE',
  'DACJANE',
  'DADNONE',
  'DBB02291988',
  'DBA08212030',
  'DBD08212022',
  'DBC2',
  'DAU064 IN',
  'DAK787010000  ',
  'DCGUSA',
  'DBK123456789',
  'ZTZTAN',
].join('\n');

describe('an AAMVA barcode', () => {
  it('is read into our own fields', () => {
    expect(parseAamva(licence)).toEqual({
      issuer: '636015',
      version: '10',
      kind: 'driving_licence',
      fields: {
        documentNumber: '12345678',
        familyName: 'DOE',
        firstName: 'JANE',
        birthDate: '1988-02-29',
        expiryDate: '2030-08-21',
        issueDate: '2022-08-21',
        sex: 'F',
        heightCm: 163,
        postalCode: '78701',
        country: 'USA',
      },
      faults: [],
      unknown: ['DBK', 'ZTZ'],
    });
  });

  it('never gives away a social security number', () => {
    expect(JSON.stringify(parseAamva(licence))).not.toContain('123456789');
  });

  it('says which elements are not what they should be', () => {
    expect(parseAamva(licence.replace('02291988', '02301988'))?.faults).toEqual(['DBB']);
    expect(parseAamva(licence.replace('DBC2', 'DBC7'))?.faults).toEqual(['DBC']);
  });

  it('of version 01 holds the whole name in one element', () => {
    const text =
      '@\n\u001e\rANSI 6360000102DL00390187ZV02260031DLDAADOE,JANE,MARY ANN\nDAR D\nDBB19880229\n';
    expect(parseAamva(text)?.fields).toEqual({
      familyName: 'DOE',
      firstName: 'JANE',
      middleNames: 'MARY ANN',
      vehicleClass: 'D',
      birthDate: '1988-02-29',
    });
  });

  it('is undefined for other text, and never throws', () => {
    expect(parseAamva('https://example.org')).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => void parseAamva(text)));
    fc.assert(fc.property(fc.string(), (text) => void parseAamva(`${licence}${text}`)));
  });
});

describeWithShared('the collected AAMVA texts', () => {
  const folder = sharedPath('data/documents/aamva');
  const expectations = readExpectations(`${folder}/expected_DriversLicenseTests.cs.txt`);
  const texts = readdirSync(folder).filter((name) => /^(id_)?[A-Z]{2}.*\.txt$/.test(name));

  it('are many', () => {
    expect(texts.length).toBeGreaterThan(20);
  });

  it.each(texts)('%s says what it is known to say', (file) => {
    const parsed = parseAamva(readFileSync(`${folder}/${file}`, 'utf8'));
    expect(parsed?.faults).toEqual([]);
    const known = expectations.get(file.replace('.txt', '').replaceAll('_', ' '));
    // Identity cards have no expectations in the list; they must still be read.
    if (!known) {
      expect(file).toMatch(/^id_|Piped/);
      expect(parsed?.fields).toMatchObject({ familyName: expect.stringMatching(/./) });
      return;
    }
    expect(parsed?.fields).toMatchObject(known);
  });
});

/** What the C# tests of the source expect, by licence name, as our fields. */
function readExpectations(path: string): Map<string, Partial<AamvaFields>> {
  const blocks = readFileSync(path, 'utf8').split('[Fact]').slice(1);
  return new Map(
    blocks.flatMap((block) => {
      const name = /License\("([^"]+)"\)/.exec(block)?.[1];
      return name === undefined ? [] : [[name, expectationOf(block)] as const];
    }),
  );
}

function expectationOf(block: string): Partial<AamvaFields> {
  const text = (field: string) =>
    new RegExp(`\\b${field} = "([^"]*)"`).exec(block)?.[1]?.replaceAll(/\s+/g, ' ');
  const date = (field: string) => {
    const match = new RegExp(`${field} = new DateTime\\((\\d+), (\\d+), (\\d+)\\)`).exec(block);
    return match
      ?.slice(1)
      .map((part) => part.padStart(2, '0'))
      .join('-');
  };
  const sex = /Sex = Sex\.(\w)/.exec(block)?.[1];
  const number = text('IdNumber');
  const known = {
    firstName: text('First'),
    middleNames: text('Middle'),
    familyName: text('Last'),
    nameSuffix: text('Suffix'),
    street: text('StreetLine1'),
    city: text('City'),
    jurisdiction: text('JurisdictionCode'),
    postalCode: text('PostalCode'),
    documentNumber: number === 'NONE' ? undefined : number,
    birthDate: date('DateOfBirth'),
    issueDate: date('IssueDate'),
    expiryDate: date('ExpirationDate'),
    cardRevisionDate: date('RevisionDate'),
    sex,
    vehicleClass: text('VehicleClass'),
    restrictions: text('RestrictionCodes'),
    endorsements: text('EndorsementCodes'),
    heightCm: heightOf(block),
  };
  return Object.fromEntries(
    Object.entries(known).filter(([, value]) => value !== undefined),
  ) as never;
}

function heightOf(block: string): number | undefined {
  const metric = /FromMetric\((\d+)\)/.exec(block);
  if (metric) return Number(metric[1]);
  const imperial = /Height\.FromImperial\((\d+)(?:, (\d+))?\)/.exec(block);
  if (!imperial) return undefined;
  const [, first, second] = imperial;
  return Math.round(
    (second === undefined ? Number(first) : 12 * Number(first) + Number(second)) * 2.54,
  );
}
