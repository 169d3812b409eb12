import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FaceEngine } from './engine.ts';

const require = createRequire(import.meta.url);

/** The parts of face-api that are used here; its own types want a browser. */
interface FaceApi {
  readonly tf: Tf;
  readonly nets: Record<
    'ssdMobilenetv1' | 'faceLandmark68Net' | 'faceRecognitionNet',
    { loadFromDisk(folder: string): Promise<void> }
  >;
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number }) => object;
  detectSingleFace(
    input: object,
    options: object,
  ): {
    withFaceLandmarks(): {
      withFaceDescriptor(): Promise<{ descriptor: Float32Array } | undefined>;
    };
  };
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor3d(data: Int32Array, shape: [number, number, number], type: 'int32'): { dispose(): void };
}

/** SSD MobileNet, 68 landmarks, dlib's recognition net; one thread of WebAssembly with SIMD. */
export async function openFaceApi(): Promise<FaceEngine> {
  const wasm = require('@tensorflow/tfjs-backend-wasm') as {
    setWasmPaths(folder: string): void;
    setThreadsCount(threads: number): void;
  };
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  wasm.setThreadsCount(1);
  const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi;
  await faceapi.tf.setBackend('wasm');
  await faceapi.tf.ready();
  const folder = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  await faceapi.nets.ssdMobilenetv1.loadFromDisk(folder);
  await faceapi.nets.faceLandmark68Net.loadFromDisk(folder);
  await faceapi.nets.faceRecognitionNet.loadFromDisk(folder);
  const options = new faceapi.SsdMobilenetv1Options({ minConfidence: 0.5 });
  return {
    name: 'face-api',
    async embed({ data, width, height }) {
      const input = faceapi.tf.tensor3d(Int32Array.from(data), [height, width, 3], 'int32');
      try {
        const found = await faceapi
          .detectSingleFace(input, options)
          .withFaceLandmarks()
          .withFaceDescriptor();
        return found?.descriptor;
      } finally {
        input.dispose();
      }
    },
  };
}
