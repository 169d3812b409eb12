import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { type AnalysedFace, analyseFaces, MIN_FACE_WIDTH, requireFace } from '../faces/index.ts';
import { readNetpbm } from './netpbm.ts';

/** Called now and then with how far an evaluation is. */
export type OnProgress = (done: number, total: number) => void;

export interface EmbedOptions {
  /** Folder that the file names of the lists start from. */
  readonly root: string;
  /** Pictures in work at a time: at least as many as vision processes. */
  readonly concurrency?: number;
  readonly onProgress?: OnProgress;
}

/** A file of the list without a usable face. */
export interface FileFailure {
  readonly file: string;
  /** `file_unreadable` when it is not there, otherwise the code of the refusal. */
  readonly code: string;
  readonly detail: string;
}

export interface EmbeddedFiles {
  /** The main face of each usable file. */
  readonly faces: ReadonlyMap<string, AnalysedFace>;
  readonly failures: readonly FileFailure[];
  /** Mean processor time of a usable picture, decoding included. */
  readonly cpuMsPerImage: number;
}

/** Embeds the main face of every file once, however often the list names it. */
export async function embedFiles(
  runner: TaskRunner,
  files: Iterable<string>,
  { root, concurrency = 4, onProgress }: EmbedOptions,
): Promise<EmbeddedFiles> {
  const distinct = [...new Set(files)];
  const faces = new Map<string, AnalysedFace>();
  const failures: FileFailure[] = [];
  let cpuMs = 0;
  let next = 0;
  let done = 0;
  async function work(): Promise<void> {
    for (let file = distinct[next++]; file !== undefined; file = distinct[next++]) {
      const outcome = await embedFile(runner, root, file);
      if ('failure' in outcome) failures.push(outcome.failure);
      else {
        faces.set(file, outcome.face);
        cpuMs += outcome.cpuMs;
      }
      onProgress?.(++done, distinct.length);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  failures.sort((a, b) => (a.file < b.file ? -1 : 1));
  return { faces, failures, cpuMsPerImage: cpuMs / faces.size };
}

/** A picture that hangs or kills its process twice is as unusable as one that is no picture. */
const FAULTS_OF_FILES = /^(image_|face_|vision_timeout|vision_process_died)/;

type Outcome = { face: AnalysedFace; cpuMs: number } | { failure: FileFailure };

async function embedFile(runner: TaskRunner, root: string, file: string): Promise<Outcome> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(root, file));
  } catch {
    return { failure: { file, code: 'file_unreadable', detail: 'the file cannot be read' } };
  }
  try {
    const image = readNetpbm(bytes);
    const analysis = await runner.run(analyseFaces, {
      ...(image ? { image } : { bytes }),
      name: file,
      minSide: MIN_FACE_WIDTH,
      first: 'main',
      embed: 'first',
    });
    return { face: requireFace(analysis, file), cpuMs: analysis.timings.cpuMs };
  } catch (error) {
    // The data set's faults are results; faults of the installation must end the evaluation.
    if (!(error instanceof AppError && FAULTS_OF_FILES.test(error.code))) throw error;
    return { failure: { file, code: error.code, detail: error.message } };
  }
}
