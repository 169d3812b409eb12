import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { matchProof, readProofOfAddress } from '../documents/index.ts';
import type { ExpectedData } from './personal-data.ts';
import type { SessionTask, SessionTaskInput, SessionTaskOutput } from './session-task.ts';

/** The tasks of the check `proof_of_address`. */
export const proofTasks: readonly SessionTask[] = [
  { name: 'read-proof', version: 1, roles: [], run: readProof },
  {
    name: 'match-proof',
    version: 1,
    roles: [],
    isLight: true,
    readsExpected: true,
    run: (_, input) => match(input),
  },
];

const artifactKind = 'document_data';

/** What was read, for reviewers and for the comparison. Personal: lives in sealed artifacts only. */
const StoredProof = z.strictObject({
  blocks: z.array(z.strictObject({ name: z.string(), lines: z.array(z.string()) })),
  lines: z.array(z.string()),
  issue_date: z.string().optional(),
  source: z.enum(['text_layer', 'ocr']),
  pages: z.number(),
});

const nothing: SessionTaskOutput = {
  outcome: 'done',
  codes: [],
  scores: {},
  facts: {},
  artifacts: [],
  models: [],
};

async function readProof(
  vision: TaskRunner,
  { captures, today }: SessionTaskInput,
): Promise<SessionTaskOutput> {
  const capture = captures.proof_of_address;
  if (!capture) throw new AppError('object_not_found');
  const bytes = await capture.read();
  const answer = await vision.run(readProofOfAddress, { bytes, name: 'proof_of_address', today });
  const stored: z.infer<typeof StoredProof> = {
    blocks: answer.blocks.map(({ name, lines }) => ({ name, lines: [...lines] })),
    lines: [...answer.lines],
    ...(answer.issueDate && { issue_date: answer.issueDate }),
    source: answer.source,
    pages: answer.pages,
  };
  const json = Buffer.from(JSON.stringify(stored));
  return {
    ...nothing,
    artifacts: [{ kind: artifactKind, contentType: 'application/json', bytes: json }],
  };
}

async function match(input: SessionTaskInput): Promise<SessionTaskOutput> {
  const bytes = await input.artifact('read-proof', artifactKind);
  if (!bytes) throw new AppError('object_not_found');
  const proof = StoredProof.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  const { issue_date: issued } = proof;
  const wanted = wantedOf(await input.expected());
  const scores = matchProof(proof, wanted);
  const age = issued === undefined ? undefined : daysBetween(issued, input.today);
  return {
    ...nothing,
    codes: [
      ...(proof.lines.length === 0 ? ['POA_NAME_NOT_DETECTED'] : []),
      ...(proof.blocks.length === 0 ? ['UNPARSABLE_OR_INVALID_ADDRESS'] : []),
      ...(age === undefined ? ['ISSUE_DATE_NOT_DETECTED'] : []),
      ...(age !== undefined && age < 0 ? ['FUTURE_ISSUE_DATE'] : []),
      ...(wanted.name === undefined && wanted.address === undefined ? ['NOTHING_EXPECTED'] : []),
    ],
    scores: Object.fromEntries(Object.entries(scores)),
    facts: {
      ...(age !== undefined && { age_days: age }),
      text_source: proof.source,
      pages: proof.pages,
    },
  };
}

function wantedOf(expected: ExpectedData | undefined) {
  const name = [expected?.first_name, expected?.last_name].filter(Boolean).join(' ');
  return { name: name === '' ? undefined : name, address: expected?.address };
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
