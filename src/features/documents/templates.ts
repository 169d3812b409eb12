import { z } from 'zod';
import aut from './data/templates/AUT.json' with { type: 'json' };
import aze from './data/templates/AZE.json' with { type: 'json' };
import can from './data/templates/CAN.json' with { type: 'json' };
import che from './data/templates/CHE.json' with { type: 'json' };
import est from './data/templates/EST.json' with { type: 'json' };
import fin from './data/templates/FIN.json' with { type: 'json' };
import fra from './data/templates/FRA.json' with { type: 'json' };
import gbr from './data/templates/GBR.json' with { type: 'json' };
import hrv from './data/templates/HRV.json' with { type: 'json' };
import hun from './data/templates/HUN.json' with { type: 'json' };
import pol from './data/templates/POL.json' with { type: 'json' };
import rou from './data/templates/ROU.json' with { type: 'json' };
import svn from './data/templates/SVN.json' with { type: 'json' };
import tur from './data/templates/TUR.json' with { type: 'json' };
import usa from './data/templates/USA.json' with { type: 'json' };
import uto from './data/templates/UTO.json' with { type: 'json' };
import { visualFieldNames } from './visual-fields.ts';

/** x, y, width and height as shares of the document's width and height. */
const ShareBox = z.tuple([
  z.number().min(0).max(1),
  z.number().min(0).max(1),
  z.number().min(0.01).max(1),
  z.number().min(0.01).max(1),
]);

/** Where a document prints what. Geometry and printed labels only; docs/documents.md says how to add one. */
export const DocumentTemplate = z.strictObject({
  /** State, kind, version, side: `FRA-passport-2009-front`. */
  id: z.string().regex(/^[A-Z]{3}-[a-z_]+-[A-Za-z0-9]+-(front|back)$/),
  issuing_state: z.string().regex(/^[A-Z]{3}$/),
  type: z.enum(['passport', 'id_card', 'driving_licence', 'visa']),
  version: z.string(),
  size: z.enum(['ID-1', 'TD2', 'TD3']),
  side: z.enum(['front', 'back']),
  /** Left, top, right and bottom of the machine-readable zone's letters. */
  zone: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  /** Format of the machine-readable zone on this side. */
  mrz: z.enum(['TD1', 'TD2', 'TD3', 'MRV-A', 'MRV-B', 'IDFRA', 'FRADL']).optional(),
  dates: z.enum(['DMY', 'MDY', 'YMD']),
  /** Forms of the document number: `9` a digit, `A` a letter, `*` either, anything else itself; a space between two forms. */
  number: z.string().optional(),
  sexes: z.record(z.string(), z.enum(['F', 'M', 'X'])).optional(),
  /** Printed words that every copy has: text, and centre as shares. At least three tell the document. */
  anchors: z
    .array(z.tuple([z.string().min(3), z.number().min(0).max(1), z.number().min(0).max(1)]))
    .min(3),
  fields: z.partialRecord(z.enum(visualFieldNames), ShareBox),
});
export type DocumentTemplate = z.infer<typeof DocumentTemplate>;

/** Every template that ships. @throws ZodError when one breaks the schema: a fault of the build */
export const documentTemplates: readonly DocumentTemplate[] = z
  .array(DocumentTemplate)
  .parse([
    ...aut,
    ...aze,
    ...can,
    ...che,
    ...est,
    ...fin,
    ...fra,
    ...gbr,
    ...hrv,
    ...hun,
    ...pol,
    ...rou,
    ...svn,
    ...tur,
    ...usa,
    ...uto,
  ]);
