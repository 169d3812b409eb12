import { z } from 'zod';
import { checkStatuses, questions, streams } from '../checks/index.ts';
import { isCallbackUrl } from './callback-url.ts';
import { ExpectedData } from './personal-data.ts';
import { sessionStatuses } from './session.ts';

/** JSON of sessions as the API shows it. */
const At = z.iso.datetime();
export const StreamName = z.enum(streams);

export const ReasonJson = z
  .object({
    code: z.string().describe('Stable; switch on this one.'),
    severity: z.enum(['error', 'warning', 'information']),
    title: z.string().describe('For people.'),
  })
  .meta({ id: 'Reason' });

export const StreamJson = z
  .object({
    stream: StreamName,
    state: z
      .enum(['wanted', 'received'])
      .describe('`wanted`: a capture, or another one, is to be made.'),
    attempts: z.int().describe('Captures so far.'),
    attempts_left: z.int(),
    reasons: z.array(ReasonJson).describe('Why another capture is wanted.'),
  })
  .meta({ id: 'SessionStream' });

export const SessionJson = z
  .object({
    id: z.string(),
    status: z.enum(sessionStatuses),
    environment: z.enum(['live', 'sandbox']),
    workflow: z.object({ id: z.string(), version: z.int() }),
    reference: z.string().nullable(),
    metadata: z.record(z.string(), z.json()).nullable(),
    callback: z.string().nullable(),
    locale: z.string(),
    round: z.int().describe('1, and one more with every resubmission.'),
    streams: z.array(StreamJson),
    created_at: At,
    updated_at: At,
    expires_at: At,
    ended_at: At.nullable(),
    erased_at: At.nullable(),
  })
  .meta({ id: 'Session' });

export const CaptureLinkJson = z
  .object({
    url: z
      .string()
      .describe('Works once. Its secret stands in the fragment, so that it reaches no log.'),
    expires_at: At,
  })
  .meta({ id: 'CaptureLink' });

export const NewSessionJson = SessionJson.extend({ capture: CaptureLinkJson }).meta({
  id: 'NewSession',
});

export const CreateSession = z
  .strictObject({
    workflow: z.string().min(1).max(100).describe('Id or name, for example `id-liveness-match`.'),
    workflow_version: z.int().min(1).optional().describe('The latest published one unless given.'),
    reference: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('Your own key for the person; lists can be filtered by it.'),
    expected: ExpectedData.nullable()
      .default(null)
      .describe('What you know about the person; compared with the document.'),
    callback: z
      .url()
      .max(2_000)
      .refine(isCallbackUrl, 'must be https under a name, or http on localhost')
      .nullable()
      .default(null)
      .describe('Where the capture page sends the person afterwards.'),
    metadata: z
      .record(z.string().max(100), z.json())
      .nullable()
      .default(null)
      .refine((value) => JSON.stringify(value).length <= 10_000, 'is longer than 10,000 characters')
      .describe('Yours; returned as it is.'),
    locale: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP 47 tag')
      .default('en'),
  })
  .meta({ id: 'CreateSession' });

const EvidenceRef = z.object({
  id: z.string(),
  stream: StreamName,
  attempt: z.int(),
  sha256: z.string(),
  content_type: z.string(),
});

const Facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export const CheckJson = z
  .object({
    node: z.string(),
    check: z.string(),
    title: z.string(),
    status: z.enum([...checkStatuses, 'pending']),
    score: z.number().nullable().describe('0 to 100, higher is better.'),
    reasons: z.array(ReasonJson),
    facts: Facts,
    evidence: z.array(EvidenceRef).describe('The captures behind it.'),
    tasks: z.array(
      z.object({
        name: z.string(),
        outcome: z.enum(['done', 'rejected', 'inconclusive', 'pending']),
        codes: z.array(z.string()),
        scores: z.record(z.string(), z.number()),
        facts: Facts,
        models: z.array(z.string()).describe('SHA-256 of the weights that took part.'),
      }),
    ),
  })
  .meta({ id: 'CheckResult' });

export const DecisionJson = z
  .object({
    session_id: z.string(),
    status: z.enum(sessionStatuses),
    workflow: z.object({ id: z.string(), version: z.int() }),
    outcome: z
      .enum(['approved', 'declined', 'in_review'])
      .nullable()
      .describe('What the policy made of the checks; null while something is outstanding.'),
    decided_at: At.nullable(),
    path: z.array(z.string()).describe('Nodes of the workflow that were passed.'),
    questions: z.array(
      z.object({
        question: z.enum(questions),
        answer: z.enum(['yes', 'no', 'unclear']),
        checks: z.array(z.string()),
        reasons: z.array(ReasonJson),
      }),
    ),
    checks: z.array(CheckJson),
    ruling: z
      .object({
        ruling: z.enum(['approved', 'declined']),
        by: z.string(),
        at: At,
        reasons: z.array(z.string()),
        comment: z.string().nullable(),
      })
      .nullable()
      .describe('What a human made of it.'),
    artifacts: z.array(
      z.object({
        id: z.string(),
        kind: z.string(),
        content_type: z.string(),
        size: z.int(),
        sha256: z.string(),
      }),
    ),
  })
  .meta({ id: 'Decision' });

const Codes = z
  .array(z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/, 'must be a reason code such as `GLARE`'))
  .max(20)
  .default([]);
const Comment = z.string().min(1).max(2_000).optional().describe('Sealed with the session.');

export const RulingBody = z
  .strictObject({
    ruling: z.enum(['approved', 'declined']),
    reasons: Codes,
    comment: Comment,
  })
  .meta({ id: 'Ruling' });

export const ResubmissionBody = z
  .strictObject({
    streams: z.array(StreamName).min(1).max(streams.length),
    reasons: Codes,
    comment: Comment,
  })
  .meta({ id: 'Resubmission' });
