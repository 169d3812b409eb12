import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { cosineSimilarity } from '../../vision/tasks/embed-face.ts';
import { type FaceModels, minimumOverall, toSimilarity } from '../faces/index.ts';
import { analyseCapture, type CaptureAnalysis } from './analyse-capture.task.ts';
import { packEmbedding, unpackEmbedding } from './embedding-file.ts';
import type {
  MadeArtifact,
  SessionTask,
  SessionTaskInput,
  SessionTaskOutput,
} from './session-task.ts';

/** The tasks of the check `face_match`. `models` says what a cosine of the installed embedding means. */
export function faceTasks(models: FaceModels): readonly SessionTask[] {
  return [
    {
      name: 'analyse-face',
      version: 1,
      roles: ['face-detection', 'face-mesh', 'face-embedding'],
      run: (vision, input) => analyse(vision, input, 'face'),
    },
    {
      name: 'analyse-portrait',
      version: 2,
      roles: ['face-detection', 'face-mesh', 'face-embedding'],
      run: (vision, input) => analyse(vision, input, 'document_front'),
    },
    {
      name: 'match-faces',
      version: 1,
      roles: ['face-embedding'],
      isLight: true,
      run: (_, input) => match(models, input),
    },
  ];
}

async function analyse(
  vision: TaskRunner,
  { captures, keeps }: SessionTaskInput,
  stream: 'face' | 'document_front',
): Promise<SessionTaskOutput> {
  const capture = captures[stream];
  if (!capture) throw new AppError('object_not_found');
  const isFace = stream === 'face';
  const analysis = await vision.run(analyseCapture, {
    bytes: await capture.read(),
    name: stream,
    isVideo: capture.contentType.startsWith('video/'),
    wantsArchive: isFace && keeps('frames_archive'),
    wantsLightVideo: isFace && keeps('light_video'),
    isDocument: !isFace,
  });
  return isFace ? toFaceOutput(analysis) : toPortraitOutput(analysis);
}

/** A face capture that no comparison can be built on is to be repeated; the codes say what to do better. */
function toFaceOutput(analysis: CaptureAnalysis): SessionTaskOutput {
  const { best } = analysis;
  if (!best) return rejected(analysis, ['NO_FACE_DETECTED']);
  const output = toOutput(analysis, best, 'best_frame');
  return best.quality.overall < minimumOverall.LOW
    ? { ...output, outcome: 'rejected', artifacts: [] }
    : output;
}

/** Portraits are small and printed, and may be repeated as a ghost image: neither is a fault. */
function toPortraitOutput(analysis: CaptureAnalysis): SessionTaskOutput {
  const { best } = analysis;
  if (!best) return rejected(analysis, ['PORTRAIT_IMAGE_NOT_DETECTED']);
  return { ...toOutput(analysis, best, 'portrait'), codes: [] };
}

function toOutput(
  { frames, framesWithFace, durationMs, framesArchive, lightVideo, models }: CaptureAnalysis,
  best: NonNullable<CaptureAnalysis['best']>,
  frameKind: string,
): SessionTaskOutput {
  const files: readonly (MadeArtifact | undefined)[] = [
    { kind: 'embedding', contentType: 'application/json', bytes: packEmbedding(best.embedding) },
    { kind: frameKind, contentType: 'image/jpeg', bytes: best.jpeg },
    framesArchive && {
      kind: 'frames_archive',
      contentType: 'application/x-tar',
      bytes: framesArchive,
    },
    lightVideo && { kind: 'light_video', contentType: 'video/webm', bytes: lightVideo },
  ];
  return {
    outcome: 'done',
    codes: best.warnings,
    scores: { quality: best.quality.overall, sharpness: best.quality.sharpness },
    facts: { frames, frames_with_face: framesWithFace, duration_ms: Math.round(durationMs) },
    artifacts: files.filter((file) => file !== undefined),
    models,
  };
}

function rejected({ frames, models }: CaptureAnalysis, codes: string[]): SessionTaskOutput {
  return { outcome: 'rejected', codes, scores: {}, facts: { frames }, artifacts: [], models };
}

async function match(models: FaceModels, input: SessionTaskInput): Promise<SessionTaskOutput> {
  const face = await input.artifact('analyse-face', 'embedding');
  const portrait = await input.artifact('analyse-portrait', 'embedding');
  if (!face || !portrait) throw new AppError('object_not_found');
  const [a, b] = [unpackEmbedding(face), unpackEmbedding(portrait)];
  const cosine = cosineSimilarity(a, b);
  return {
    outcome: 'done',
    codes: models.warnings,
    scores: {
      similarity: Math.round(toSimilarity(cosine, models.calibration) * 100) / 100,
      cosine,
    },
    facts: {},
    artifacts: [],
    models: a.map(({ model }) => model.sha256),
  };
}
