import { AppError } from '../core/errors.ts';
import type { InferenceSession, InstalledModel, ModelRole } from '../core/model.ts';
import type { Task, TaskPorts } from '../core/task.ts';
import { readBarcodes } from '../platform/barcodes/zxing.ts';
import { createVideoEncoder } from '../platform/media/encode-video.ts';
import { decodeImage, encodeJpeg, restrictDecoders } from '../platform/media/image.ts';
import { decodeVideo } from '../platform/media/video.ts';
import { readText } from '../platform/ocr/tesseract.ts';
import { loadSession, type SessionOptions } from '../platform/onnx/session.ts';
import { readPdf } from '../platform/pdf/read-pdf.ts';
import type { JobHandler, Measure } from '../platform/processes/serve-jobs.ts';

/** What the parent hands to a vision process when it starts. */
export interface VisionSetup {
  readonly models: readonly InstalledModel[];
  /** Roles whose models are loaded before the process counts as ready; the others load at first use. */
  readonly warmUp: readonly ModelRole[];
  /** Run the models on CUDA where its libraries and a GPU are present. */
  readonly gpu: boolean;
  /** Of one run of a model. */
  readonly threads: number;
}

/** The inside of a vision process: adapters are made once, tasks run on them one at a time. */
export function visionJobs(tasks: readonly Task<never, unknown>[]) {
  return async (setup: unknown): Promise<JobHandler> => {
    const { models, warmUp, gpu, threads } = setup as VisionSetup;
    restrictDecoders();
    const sessions = createSessions(models, { cuda: gpu, threads });
    // A damaged model must not take down the tasks that do without it: they are told when they ask.
    await Promise.allSettled(warmUp.map((role) => sessions(role)));

    const byName = new Map(tasks.map((task) => [task.name, task]));
    return (name, input, measure) => {
      const task = byName.get(name);
      if (!task) throw new Error(`No task is called ${name}`);
      return task.run(createPorts(sessions, measure), input as never);
    };
  };
}

type Sessions = (role: ModelRole) => Promise<readonly InferenceSession[]>;

function createPorts(sessions: Sessions, measure: Measure): TaskPorts {
  return {
    decodeImage: (bytes, name, limits) =>
      timed('decode-image', measure, () => decodeImage(bytes, name, limits)),
    decodeVideo: (bytes, name, sampling, onFrame) =>
      timed('decode-video', measure, () => decodeVideo(bytes, name, sampling, onFrame)),
    encodeJpeg,
    createVideoEncoder,
    readBarcodes: (image) => timed('read-barcodes', measure, () => readBarcodes(image)),
    readPdf: (bytes, name) => timed('read-pdf', measure, () => readPdf(bytes, name)),
    readText: (picture, layout) => timed('read-text', measure, () => readText(picture, layout)),
    models: async (role) => (await sessions(role)).map((session) => measured(session, measure)),
  };
}

/** Loads each role's models once, at first use; a failed load is tried again by the next task. */
function createSessions(models: readonly InstalledModel[], options: SessionOptions): Sessions {
  const loaded = new Map<ModelRole, Promise<readonly InferenceSession[]>>();
  return (role) => {
    const known = loaded.get(role) ?? load(role);
    loaded.set(role, known);
    known.catch(() => loaded.delete(role));
    return known;
  };

  async function load(role: ModelRole): Promise<readonly InferenceSession[]> {
    const wanted = models.filter((model) => model.role === role);
    if (wanted.length === 0) {
      throw new AppError('model_unavailable', `No model for ${role} is installed`);
    }
    return Promise.all(wanted.map((model) => loadSession(model, options)));
  }
}

function measured(session: InferenceSession, measure: Measure): InferenceSession {
  const run: InferenceSession['run'] = (inputs) =>
    timed(`model ${session.model.name}`, measure, () => session.run(inputs));
  return { ...session, run };
}

async function timed<T>(span: string, measure: Measure, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    measure(span, performance.now() - start);
  }
}
