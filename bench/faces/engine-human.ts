import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { FaceEngine } from './engine.ts';

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
  const folder = join(dirname(require.resolve('@vladmandic/human')), '..');
  // By its path: the package does not export this build under a name.
  const module = require(join(folder, 'dist/human.node-wasm.js')) as {
    Human: new (config: object) => Human;
  };
  const human = new module.Human({
    backend: 'wasm',
    wasmPath: `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`,
    modelBasePath: await serveFolder(join(folder, 'models')),
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
  };
}

/** This build loads its models over HTTP only: from this process itself, over loopback. */
async function serveFolder(folder: string): Promise<string> {
  const server = createServer(async (request, response) => {
    const file = join(folder, basename(request.url ?? ''));
    const bytes = await readFile(file).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, {
      'content-type': file.endsWith('.json') ? 'application/json' : 'application/octet-stream',
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
