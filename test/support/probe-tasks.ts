import type { ModelRole } from '../../src/core/model.ts';
import type { Task } from '../../src/core/task.ts';

/** Decodes, and answers size and the mean (0…255) of some thousand values spread over the picture. */
export const decodeProbe: Task<
  { bytes: Uint8Array; name: string },
  { width: number; height: number; mean: number }
> = {
  name: 'probe-decode',
  timeoutMs: 20_000,
  async run(ports, { bytes, name }) {
    const { data, width, height } = await ports.decodeImage(bytes, name);
    const step = Math.max(1, Math.floor(data.length / 5_000));
    let sum = 0;
    let count = 0;
    for (let i = 0; i < data.length; i += step, count++) sum += data[i] ?? 0;
    return { width, height, mean: sum / count };
  },
};

/** Decodes a video, and answers what came of it. */
export const videoProbe: Task<
  { bytes: Uint8Array; name: string },
  { frames: number; width: number; height: number; damaged: number }
> = {
  name: 'probe-video',
  timeoutMs: 20_000,
  async run(ports, { bytes, name }) {
    let frames = 0;
    const count = () => {
      frames += 1;
    };
    const facts = await ports.decodeVideo(bytes, name, { maxFrames: 8 }, count);
    return { frames, width: facts.width, height: facts.height, damaged: facts.damagedFrames };
  },
};

/** Runs every model of a role `times` times on zeros, and answers how many models there are. */
export const modelProbe: Task<{ role: ModelRole; times: number }, number> = {
  name: 'probe-model',
  timeoutMs: 60_000,
  async run(ports, { role, times }) {
    const sessions = await ports.models(role);
    for (const session of sessions) {
      const shape = session.input.shape.map((size) => (typeof size === 'number' ? size : 1));
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const [name = 'input'] = session.inputNames;
      for (let i = 0; i < times; i++) await session.run({ [name]: { data, shape } });
    }
    return sessions.length;
  },
};

/** Never answers: for killing its process while it is busy. */
export const stuckProbe: Task<null, never> = {
  name: 'probe-stuck',
  timeoutMs: 60_000,
  run: () => new Promise(() => {}),
};

export const probeTasks: readonly Task<never, unknown>[] = [
  decodeProbe,
  videoProbe,
  modelProbe,
  stuckProbe,
];
