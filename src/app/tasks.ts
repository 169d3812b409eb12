import type { Task } from '../core/task.ts';
import { readBarcodesTask, readMrzTask } from '../features/documents/index.ts';
import { analyseFaces } from '../features/faces/index.ts';
// Not through the door: behind it is the engine's SDK, which a vision process need not load.
import { analyseCapture } from '../features/sessions/analyse-capture.task.ts';
import { readSide } from '../features/sessions/read-side.task.ts';

/** Every task that a vision process can run. Names are unique; test/tasks.test.ts checks it. */
export const tasks: readonly Task<never, unknown>[] = [
  analyseFaces,
  readMrzTask,
  readBarcodesTask,
  analyseCapture,
  readSide,
];
