import type { InferenceSession, InstalledModel, ModelRole } from '../../src/core/model.ts';
import type { TaskPorts } from '../../src/core/task.ts';
import { decodeImage } from '../../src/platform/media/image.ts';
import { readText } from '../../src/platform/ocr/tesseract.ts';
import { loadSession } from '../../src/platform/onnx/session.ts';
import { readPdf } from '../../src/platform/pdf/read-pdf.ts';

/** A vision process's ports in this process: real models, decoding of stills and reading of text, no video. */
export function openTaskPorts(models: readonly InstalledModel[]): TaskPorts {
  const loaded = new Map<ModelRole, Promise<InferenceSession[]>>();
  const ports: Pick<TaskPorts, 'decodeImage' | 'models' | 'readPdf' | 'readText'> = {
    decodeImage: (bytes, name, limits) => decodeImage(bytes, name, limits),
    readPdf,
    readText,
    models(role) {
      const opening =
        loaded.get(role) ??
        Promise.all(
          models.filter((model) => model.role === role).map((model) => loadSession(model)),
        );
      loaded.set(role, opening);
      return opening;
    },
  };
  return ports as TaskPorts;
}
