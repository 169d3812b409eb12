import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { euclidean, type FaceEngine } from './engine.ts';

const require = createRequire(import.meta.url);

/** The parts of Human that are used here. */
interface Human {
  readonly tf: {
    tensor(data: Int32Array, shape: number[], type: 'int32'): { dispose(): void };
  };
  load(): Promise<void>;
  detect(input: object): Promise<{ face: { embedding?: number[] }[]; error?: string | null }>;
}

/**
 * Human's own face configuration (detector, mesh, iris, emotion, description); the other modules are off, and so is
 * the cache that would answer for a picture that resembles the one before. One thread of WebAssembly with SIMD.
 */
export async function openHuman(): Promise<FaceEngine> {
  const module = require('@vladmandic/human/dist/human.node-wasm.js') as {
    Human: new (config: object) => Human;
  };
  const folder = join(dirname(require.resolve('@vladmandic/human')), '..');
  const human = new module.Human({
    backend: 'wasm',
    wasmPath: `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`,
    modelBasePath: `${pathToFileURL(join(folder, 'models')).href}/`,
    cacheSensitivity: 0,
    face: { enabled: true },
    body: { enabled: false },
    hand: { enabled: false },
    object: { enabled: false },
    segmentation: { enabled: false },
    gesture: { enabled: false },
  });
  await human.load();
  return {
    name: 'human',
    async embed({ data, width, height }) {
      const input = human.tf.tensor(Int32Array.from(data), [1, height, width, 3], 'int32');
      try {
        const { face, error } = await human.detect(input);
        if (error) throw new Error(error);
        const embedding = face[0]?.embedding;
        return embedding?.length ? Float32Array.from(embedding) : undefined;
      } finally {
        input.dispose();
      }
    },
    score: (a, b) => -euclidean(a, b),
  };
}
