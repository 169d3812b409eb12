import { z } from 'zod';
import { type ErrorCode, errorCatalogue } from '../core/errors.ts';

const codes = Object.keys(errorCatalogue) as ErrorCode[];

/** The problem document as the OpenAPI document and the client show it; core/errors.ts makes it. */
export const problemSchema = z
  .object({
    type: z.string().describe('`urn:bonafide:problem:` and the code.'),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes).describe('Stable; switch on this one.'),
    detail: z.string().optional().describe('What was wrong with this request.'),
    instance: z.string().optional().describe('`urn:bonafide:request:` and the request id.'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer (RFC 6901) to the field.'),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
