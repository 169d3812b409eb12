import { z } from 'zod';
import type { ProofAnswer } from './read-proof.task.ts';

export const ProofOfAddressJson = z
  .object({
    pages: z.int(),
    text_source: z.enum(['text_layer', 'ocr']).describe('Text of the PDF, or read from pixels'),
    issue_date: z.iso.date().optional(),
    issue_date_by: z
      .enum(['label', 'latest'])
      .optional()
      .describe('By the label beside it, or the latest date that is not in the future'),
    addresses: z
      .array(z.object({ name: z.string(), lines: z.array(z.string()) }))
      .describe('Blocks that have the form of an address; letters also carry the sender’s'),
    producer: z.string().optional().describe('Program that wrote the PDF, as the file says'),
  })
  .meta({ id: 'ProofOfAddress' });
export type ProofOfAddressJson = z.infer<typeof ProofOfAddressJson>;

export function proofJson(answer: ProofAnswer): ProofOfAddressJson {
  const { pages, source, issueDate, issueDateBy, blocks, producer } = answer;
  return {
    pages,
    text_source: source,
    ...(issueDate !== undefined && { issue_date: issueDate }),
    ...(issueDateBy !== undefined && { issue_date_by: issueDateBy }),
    addresses: blocks.map(({ name, lines }) => ({ name, lines: [...lines] })),
    ...(producer !== undefined && { producer }),
  };
}
