import type { Task } from '../core/task.ts';
import { readBarcodesTask, readMrzTask } from '../features/documents/index.ts';
import { analyseFaces } from '../features/faces/index.ts';
// Not through the doors: behind them is the engine's SDK, which a vision process need not load.
import { passiveLiveness } from '../features/liveness/passive-liveness.task.ts';
import { trackFace } from '../features/liveness/track-face.task.ts';
import { analyseCapture } from '../features/sessions/analyse-capture.task.ts';
import { readSide } from '../features/sessions/read-side.task.ts';

/** Every task that a vision process can run. Names are unique; tasks.test.ts checks it. */
export const tasks: readonly Task<never, unknown>[] = [
  analyseFaces,
  passiveLiveness,
  trackFace,
  readMrzTask,
  readBarcodesTask,
  analyseCapture,
  readSide,
];
