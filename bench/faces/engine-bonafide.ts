import type { InferenceSession, ModelRole } from '../../src/core/model.ts';
import type { TaskPorts } from '../../src/core/task.ts';
import { analyseFaces } from '../../src/features/faces/index.ts';
import { resolveModels } from '../../src/features/models/index.ts';
import { decodeImage } from '../../src/platform/media/image.ts';
import { loadSession } from '../../src/platform/onnx/session.ts';
import type { FaceEngine } from './engine.ts';

/** The vision process's ports in this process: what one core gives, without the pool around it. */
export async function openPorts(): Promise<Pick<TaskPorts, 'decodeImage' | 'models'>> {
  const pack = await resolveModels();
  const loaded = new Map<ModelRole, Promise<InferenceSession[]>>();
  return {
    decodeImage,
    models(role) {
      const opening =
        loaded.get(role) ??
        Promise.all(pack.models.filter((model) => model.role === role).map((m) => loadSession(m)));
      loaded.set(role, opening);
      return opening;
    },
  };
}

/** The whole task: detection, mesh, pose, quality and the embedding of the face and its mirror image. */
export async function openBonafide(): Promise<FaceEngine> {
  const ports = (await openPorts()) as TaskPorts;
  return {
    name: 'bonafide',
    async embed(image) {
      const input = { image, name: 'picture', first: 'main', embed: 'first' } as const;
      const { faces } = await analyseFaces.run(ports, input);
      return faces[0]?.embedding?.[0]?.vector;
    },
  };
}
