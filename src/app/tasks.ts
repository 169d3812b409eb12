import type { Task } from '../core/task.ts';
// Not through the doors: behind them are the engine's SDK and the HTTP server, which a vision process need not load.
import { readBarcodesTask } from '../features/documents/read-barcodes.task.ts';
import { readDocument } from '../features/documents/read-document.task.ts';
import { readMrzTask } from '../features/documents/read-mrz.task.ts';
import { readProofOfAddress } from '../features/documents/read-proof.task.ts';
import { analyseFaces } from '../features/faces/index.ts';
import { passiveLiveness } from '../features/liveness/passive-liveness.task.ts';
import { trackFace } from '../features/liveness/track-face.task.ts';
import { cutAuditImages } from '../features/rekognition/cut-audit-images.task.ts';
import { analyseCapture } from '../features/sessions/analyse-capture.task.ts';
import { readSide } from '../features/sessions/read-side.task.ts';

/** Every task that a vision process can run. Names are unique; tasks.test.ts checks it. */
export const tasks: readonly Task<never, unknown>[] = [
  analyseFaces,
  passiveLiveness,
  trackFace,
  readMrzTask,
  readDocument,
  readProofOfAddress,
  readBarcodesTask,
  analyseCapture,
  readSide,
  cutAuditImages,
];
