import type { Task } from '../core/task.ts';
import { readBarcodesTask, readMrzTask } from '../features/documents/index.ts';
import { analyseFaces } from '../features/faces/index.ts';

/** Every task that a vision process can run. Names are unique; test/tasks.test.ts checks it. */
export const tasks: readonly Task<never, unknown>[] = [analyseFaces, readMrzTask, readBarcodesTask];
