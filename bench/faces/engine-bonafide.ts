import type { TaskPorts } from '../../src/core/task.ts';
import { analyseFaces } from '../../src/features/faces/index.ts';
import { resolveModels } from '../../src/features/models/index.ts';
import { openTaskPorts } from '../../test/support/task-ports.ts';
import type { FaceEngine } from './engine.ts';

/** What one core gives, without the process pool around it. */
export async function openPorts(): Promise<TaskPorts> {
  const { models } = await resolveModels({ pack: 'default' });
  return openTaskPorts(models);
}

/** The whole task: detection, mesh, pose, quality and the embedding of the face and its mirror image. */
export async function openBonafide(): Promise<FaceEngine> {
  const ports = await openPorts();
  return {
    name: 'bonafide',
    async embed(image) {
      const input = { image, name: 'picture', first: 'main', embed: 'first' } as const;
      const { faces } = await analyseFaces.run(ports, input);
      return faces[0]?.embedding?.[0]?.vector;
    },
  };
}
