import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import type { Stream } from '../checks/index.ts';
import { type CaptureHint, captureReason } from '../documents/index.ts';
import { type Assessment, assessSides, compareExpected, SideReading } from './document-data.ts';
import { readSide } from './read-side.task.ts';
import type { SessionTask, SessionTaskInput, SessionTaskOutput } from './session-task.ts';

/** The tasks of the checks `document` and `data_match`. */
export const documentTasks: readonly SessionTask[] = [
  {
    name: 'read-front',
    version: 5,
    roles: ['mrz-glyphs', 'face-detection'],
    run: (vision, input) => read(vision, input, 'document_front'),
  },
  {
    name: 'read-back',
    version: 5,
    roles: ['mrz-glyphs', 'face-detection'],
    run: (vision, input) => read(vision, input, 'document_back'),
  },
  {
    name: 'assess-document',
    version: 2,
    roles: [],
    isLight: true,
    run: (_, input) => assess(input),
  },
  {
    name: 'compare-data',
    version: 2,
    roles: [],
    isLight: true,
    readsExpected: true,
    run: (_, input) => compare(input),
  },
];

const sideKind = 'side_reading';
const dataKind = 'document_data';

async function read(
  vision: TaskRunner,
  { captures, today }: SessionTaskInput,
  stream: Stream,
): Promise<SessionTaskOutput> {
  const capture = captures[stream];
  if (!capture) throw new AppError('object_not_found');
  const { reading, hints, models } = await vision.run(readSide, {
    bytes: await capture.read(),
    name: stream,
    isVideo: capture.contentType.startsWith('video/'),
    today,
  });
  const faults = retakeReasons(reading, hints);
  if (faults.length > 0) return { ...nothing, outcome: 'rejected', codes: faults, models };
  return {
    ...nothing,
    codes: reading.codes,
    facts: { has_one_side: oneSided.includes(reading.data?.document_type ?? '') },
    models,
    artifacts: [toArtifact(sideKind, reading)],
  };
}

/**
 * Why a capture is to be repeated: it is spoilt, and nothing was read on it. A card's front may well hold nothing for
 * machines, and what was read in spite of a reflection is good.
 */
function retakeReasons(
  { data, printed }: SideReading,
  hints: readonly CaptureHint[],
): readonly string[] {
  if (data || Object.keys(printed ?? {}).length >= enoughPrinted) return [];
  return hints.filter((hint) => hint !== 'two_documents').map(captureReason);
}

/** Kinds whose data page is all there is; told by their zone. */
const oneSided: readonly string[] = ['passport', 'visa'];

/** Printed fields with which a side counts as read. */
const enoughPrinted = 3;

async function assess(input: SessionTaskInput): Promise<SessionTaskOutput> {
  const { data, evidence, codes, facts, certainty } = await readSides(input);
  return {
    ...nothing,
    codes,
    facts,
    scores: certainty === undefined ? {} : { certainty },
    artifacts: data ? [toArtifact(dataKind, { ...data, evidence })] : [],
  };
}

async function compare(input: SessionTaskInput): Promise<SessionTaskOutput> {
  const { data } = await readSides(input);
  const { codes, similarity } = compareExpected(data, await input.expected());
  return { ...nothing, codes, scores: similarity === undefined ? {} : { similarity } };
}

async function readSides(input: SessionTaskInput): Promise<Assessment> {
  const [front, back] = await Promise.all([
    readArtifact(input, 'read-front'),
    input.captures.document_back ? readArtifact(input, 'read-back') : { codes: [] },
  ]);
  return assessSides(front, back, input.today);
}

async function readArtifact(input: SessionTaskInput, task: string): Promise<SideReading> {
  const bytes = await input.artifact(task, sideKind);
  if (!bytes) throw new AppError('object_not_found');
  return SideReading.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

const nothing: SessionTaskOutput = {
  outcome: 'done',
  codes: [],
  scores: {},
  facts: {},
  artifacts: [],
  models: [],
};

function toArtifact(kind: string, value: object) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { kind, contentType: 'application/json', bytes };
}
