import type { InferenceSession, ModelRole } from '../../src/core/model.ts';
import type { TaskPorts } from '../../src/core/task.ts';
import { resolveModels } from '../../src/features/models/index.ts';
import { readBarcodes } from '../../src/platform/barcodes/zxing.ts';
import { createVideoEncoder } from '../../src/platform/media/encode-video.ts';
import { decodeImage, encodeJpeg } from '../../src/platform/media/image.ts';
import { decodeVideo } from '../../src/platform/media/video.ts';
import { readText } from '../../src/platform/ocr/tesseract.ts';
import { loadSession } from '../../src/platform/onnx/session.ts';
import { readPdf } from '../../src/platform/pdf/read-pdf.ts';

/** The adapters of a vision process, in this one: the laboratory shares its pictures with its tasks. */
export async function openLocalPorts(pack?: string): Promise<TaskPorts> {
  const { models } = await resolveModels({ pack: pack ?? 'default' });
  const loaded = new Map<ModelRole, Promise<readonly InferenceSession[]>>();
  return {
    decodeImage,
    decodeVideo,
    encodeJpeg,
    createVideoEncoder,
    readBarcodes,
    readPdf,
    readText,
    async models(role) {
      const wanted = models.filter((model) => model.role === role);
      const sessions = loaded.get(role) ?? Promise.all(wanted.map((model) => loadSession(model)));
      loaded.set(role, sessions);
      return sessions;
    },
  };
}
