import { z } from 'zod';

const Name = z.string().min(1).max(200);
const Country = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 3166-1 alpha-3 code');

/** What the integrator already knows about the person, to be compared with the document. */
export const ExpectedData = z.strictObject({
  first_name: Name.optional(),
  last_name: Name.optional(),
  date_of_birth: z.iso.date().optional(),
  gender: z.enum(['F', 'M', 'X']).optional(),
  nationality: Country.optional(),
  document_country: Country.optional(),
  document_number: z.string().min(1).max(50).optional(),
  address: z.string().min(1).max(500).optional(),
});
export type ExpectedData = z.infer<typeof ExpectedData>;

/** Sealed under the person's key in the session's row. */
export const PersonalData = z.strictObject({
  reference: z.string().min(1).max(200).nullable(),
  expected: ExpectedData.nullable(),
  metadata: z.record(z.string().max(100), z.json()).nullable(),
  callback: z.string().nullable(),
});
export type PersonalData = z.infer<typeof PersonalData>;
