import { z } from 'zod';
import { ACTIVE_THRESHOLD } from '../liveness/index.ts';
import { bucketPattern, namePattern } from '../objects/index.ts';
import type { SessionState } from '../sessions/index.ts';

/** CreateFaceLivenessSession and GetFaceLivenessSessionResults as in the service model of Amazon Rekognition. */

const SessionIdText = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

export const CreateLivenessRequest = z.object({
  /** Read and not used: everything is sealed under keys of our own. */
  KmsKeyId: z.string().max(2_048).nullish(),
  Settings: z
    .object({
      OutputConfig: z
        .object({
          S3Bucket: z.string().regex(bucketPattern),
          // Room for the session's id and the name of the picture.
          S3KeyPrefix: z.string().regex(namePattern).max(900).nullish(),
        })
        .nullish(),
      AuditImagesLimit: z.int().min(0).max(4).nullish(),
      /** Read and not used: there is one kind of challenge. */
      ChallengePreferences: z
        .array(
          z.object({ Type: z.enum(['FaceMovementAndLightChallenge', 'FaceMovementChallenge']) }),
        )
        .max(2)
        .nullish(),
    })
    .nullish(),
  ClientRequestToken: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .nullish(),
});

export const LivenessResultsRequest = z.object({ SessionId: SessionIdText });

/** Movements and colours, as our capture page shows them. */
export const CHALLENGE = { Type: 'FaceMovementAndLightChallenge', Version: '1.0.0' } as const;

export type AwsLivenessStatus = 'CREATED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'EXPIRED';

export interface LivenessOutcome {
  readonly status: AwsLivenessStatus;
  /** 0–100, with SUCCEEDED only. */
  readonly confidence: number | null;
  readonly feedback: readonly FeedbackCode[];
}

/** Below it by a hundredth: who reads the number only must not take a doubtful session for a live person. */
const MOST_UNSURE = ACTIVE_THRESHOLD - 0.01;

/** What that service would say of our session. Nothing measured is FAILED; a low confidence is a result. */
export function toLivenessOutcome({ status, decision, tasks }: SessionState): LivenessOutcome {
  const none = { confidence: null, feedback: [] };
  if (status === 'expired' || status === 'abandoned') return { status: 'EXPIRED', ...none };
  if (status === 'not_started') return { status: 'CREATED', ...none };
  const verdict = decision?.checks.find(({ check }) => check === 'liveness');
  if (!verdict) return { status: 'IN_PROGRESS', ...none };
  const { score } = verdict;
  if (score === null) return { status: 'FAILED', ...none };
  const confidence = verdict.status === 'passed' ? score : Math.min(score, MOST_UNSURE);
  const codes = [...verdict.reasons, ...(tasks['analyse-face']?.result?.codes ?? [])];
  const feedback = new Set(codes.flatMap((code) => feedbackOf[code] ?? []));
  return { status: 'SUCCEEDED', confidence, feedback: [...feedback] };
}

type FeedbackCode = keyof typeof feedbackMessages;

const feedbackMessages = {
  FACE_NOT_VISIBLE: 'Keep your whole face in the picture during the recording.',
  FACE_OBSTRUCTION_DETECTED: 'Take away what covers your face.',
  FACE_NOT_ALIGNED: 'Look straight into the camera.',
  EYES_CLOSED_DETECTED: 'Keep your eyes open.',
  LOW_LIGHTING_DETECTED: 'Turn towards a window or a lamp.',
  HIGH_LIGHTING_DETECTED: 'Move out of direct light.',
  LOW_VIDEO_QUALITY_DETECTED: 'Close other programs, clean the lens, or use another device.',
} as const;

/** Our reasons that a person can do something about, in that service's words. */
const feedbackOf: Readonly<Record<string, FeedbackCode>> = {
  NO_FACE_DETECTED: 'FACE_NOT_VISIBLE',
  FACE_LEFT: 'FACE_NOT_VISIBLE',
  FACE_CUT_OFF_OR_COVERED: 'FACE_OBSTRUCTION_DETECTED',
  FACE_TURNED_AWAY: 'FACE_NOT_ALIGNED',
  EYES_CLOSED: 'EYES_CLOSED_DETECTED',
  LOW_FACE_LUMINANCE: 'LOW_LIGHTING_DETECTED',
  HIGH_FACE_LUMINANCE: 'HIGH_LIGHTING_DETECTED',
  FACE_BLURRED: 'LOW_VIDEO_QUALITY_DETECTED',
  RECORDING_INCOMPLETE: 'LOW_VIDEO_QUALITY_DETECTED',
};

export function toFeedback(codes: readonly FeedbackCode[]) {
  return codes.map((code) => ({ Code: code, Message: feedbackMessages[code] }));
}
