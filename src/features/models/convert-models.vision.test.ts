import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertFromPackage, prepareModels } from './convert-models.usecase.ts';
import { type ConvertibleCard, isConvertible } from './model-card.ts';
import { readCatalogue } from './model-files.usecase.ts';

const require = createRequire(import.meta.url);
const { resolve } = require;
const faceApiFolder = dirname(resolve('@vladmandic/face-api/package.json'));
const humanFolder = join(dirname(resolve('@vladmandic/human')), '..');
const photographs = ['sample1.jpg', 'sample4.jpg', 'sample6.jpg'];

/** The bar: difference of any output number, as a share of the range that the reference output spans. */
const MAX_DIFFERENCE = 1e-4;

const shippedGraphs = ['blazeface', 'facemesh', 'faceres'];

/** Packaged nets that the product does not use: they exercise operators that the shipped ones lack. */
const otherGraphs = [
  { name: 'iris', size: 64, channels: 3, outputs: [{ name: 'Identity', shape: ['N', 228, 1, 1] }] },
  { name: 'antispoof', size: 128, channels: 3, outputs: [{ name: 'Identity', shape: ['N', 1] }] },
  { name: 'liveness', size: 32, channels: 3, outputs: [{ name: 'Identity', shape: ['N', 2] }] },
  { name: 'emotion', size: 64, channels: 1, outputs: [{ name: 'Identity', shape: ['N', 7] }] },
];

let cards: ConvertibleCard[];

beforeAll(async () => {
  cards = (await readCatalogue()).filter(isConvertible);
  setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  setThreadsCount(1);
  await tf.setBackend('wasm');
});

describe('the converted models', () => {
  it('are made with the same bytes every time, and those of the catalogue', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bonafide-models-'));
    const outcomes: string[] = [];
    const prepare = () =>
      prepareModels(cards, folder, ({ outcome }) => {
        outcomes.push(outcome);
      });
    await prepare();
    await writeFile(join(folder, 'facemesh.onnx'), 'cut short');
    await prepare();
    await rm(folder, { recursive: true });
    const again = cards.map(({ name }) => (name === 'facemesh' ? 'converted' : 'kept'));
    expect(outcomes).toEqual([...cards.map(() => 'converted'), ...again]);
  });

  it('may be made by several at the same time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bonafide-models-'));
    const small = cards.filter(({ name }) => name === 'blazeface');
    await Promise.all([1, 2, 3].map(() => prepareModels(small, folder)));
    expect(await readdir(folder)).toEqual(['blazeface.onnx']);
    await rm(folder, { recursive: true });
  });

  it('refuse a conversion that is not the promised one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bonafide-models-'));
    const [card] = cards;
    if (!card) throw new Error('no cards');
    const prepared = prepareModels([{ ...card, sha256: '0'.repeat(64) }], folder);
    await expect(prepared).rejects.toThrow(/promises 0000/);
    const other = { ...card, source: { ...card.source, version: '0.0.1' } };
    await expect(convertFromPackage(other)).rejects.toThrow(/is made from .* 0\.0\.1, found/);
    await rm(folder, { recursive: true });
  });

  for (const name of [...shippedGraphs, ...otherGraphs.map((graph) => graph.name)]) {
    it(`${name} answers what TensorFlow.js answers`, { timeout: 120_000 }, async () => {
      const card = cardNamed(name);
      const reference = await loadGraph(card);
      const session = await ort.InferenceSession.create(await convertFromPackage(card));
      for (const photograph of photographs) {
        const pixels = await picture(photograph, card);
        const input = normalise(pixels, card);
        const expected = await runGraph(reference, input, card);
        const actual = await runOnnx(session, input, card);
        for (const { name: output } of card.outputs) {
          expect(difference(actual[output], expected[output]), output).toBeLessThan(MAX_DIFFERENCE);
        }
      }
    });
  }

  it('dlib-resnet-128 answers what face-api answers', { timeout: 120_000 }, async () => {
    const card = cardNamed('dlib-resnet-128');
    // The build that shares our TensorFlow.js instead of bringing its own.
    const faceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
    const net = new faceApi.FaceRecognitionNet();
    await net.loadFromDisk(join(faceApiFolder, 'model'));
    const session = await ort.InferenceSession.create(await convertFromPackage(card));
    for (const photograph of photographs) {
      const pixels = await picture(photograph, card);
      const expected = await net.computeFaceDescriptor(
        faceApi.tf.tensor3d([...pixels], [150, 150, 3]),
      );
      const { embedding } = await runOnnx(session, Float32Array.from(pixels), card);
      expect(difference(embedding, expected)).toBeLessThan(MAX_DIFFERENCE);
    }
  });
});

afterAll(() => tf.disposeVariables());

function cardNamed(name: string): ConvertibleCard {
  const [facemesh] = cards.filter((card) => card.name === 'facemesh');
  const other = otherGraphs.find((graph) => graph.name === name);
  const card = cards.find((candidate) => candidate.name === name);
  if (card) return card;
  if (!facemesh || !other) throw new Error(`no card ${name}`);
  const { size, channels, outputs } = other;
  return {
    ...facemesh,
    name,
    source: { ...facemesh.source, file: `models/${name}.json` },
    input: { ...facemesh.input, shape: ['N', channels, size, size] },
    outputs: outputs.map((output) => ({ ...output, meaning: 'test' })),
  };
}

/** Bytes as the model's picture has them: height × width × channels. */
async function picture(file: string, { input }: ConvertibleCard): Promise<Uint8Array> {
  const [, channels] = input.shape;
  const side = sideOf(input.shape);
  const image = sharp(join(faceApiFolder, 'demo', file))
    .resize(side, side, { fit: 'cover' })
    .removeAlpha();
  return (channels === 1 ? image.greyscale() : image).raw().toBuffer();
}

/** A net that takes any size is compared at the one that TensorFlow.js knows it with. */
function sideOf([, , side]: ConvertibleCard['input']['shape']): number {
  return typeof side === 'number' ? side : 256;
}

function normalise(pixels: Uint8Array, { input }: ConvertibleCard): Float32Array {
  return Float32Array.from(
    pixels,
    (value, i) => (value - (input.mean[i % 3] ?? 0)) / (input.std[i % 3] ?? 1),
  );
}

async function loadGraph(card: ConvertibleCard): Promise<tf.GraphModel> {
  const file = join(humanFolder, card.source.file);
  const json = JSON.parse(await readFile(file, 'utf8'));
  const weights = await readFile(file.replace(/json$/, 'bin'));
  return tf.loadGraphModel({
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0].weights,
      weightData: new Uint8Array(weights).buffer,
    }),
  });
}

async function runGraph(
  model: tf.GraphModel,
  nhwc: Float32Array,
  { input, outputs }: ConvertibleCard,
): Promise<Record<string, Float32Array>> {
  const size = sideOf(input.shape);
  const channels = Number(input.shape[1]);
  const names = outputs.map(({ name }) => name);
  const tensor = tf.tensor4d(nhwc, [1, size, size, channels]);
  const results = [model.execute(tensor, names)].flat();
  const entries = names.map((name, i) => [name, Float32Array.from(results[i]?.dataSync() ?? [])]);
  tf.dispose([tensor, ...results]);
  return Object.fromEntries(entries);
}

async function runOnnx(
  session: ort.InferenceSession,
  nhwc: Float32Array,
  { input }: ConvertibleCard,
): Promise<Record<string, Float32Array>> {
  const size = sideOf(input.shape);
  const channels = Number(input.shape[1]);
  const plane = size * size;
  const nchw = new Float32Array(nhwc.length);
  for (const [i, value] of nhwc.entries())
    nchw[(i % channels) * plane + Math.floor(i / channels)] = value;
  const results = await session.run({
    input: new ort.Tensor('float32', nchw, [1, channels, size, size]),
  });
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [
      name,
      Float32Array.from(data as Float32Array),
    ]),
  );
}

/** Largest difference as a share of the reference's range. */
function difference(actual: Float32Array | undefined, expected: Float32Array | undefined): number {
  if (!actual || !expected || actual.length !== expected.length || actual.length === 0) return 1;
  const low = Math.min(...expected);
  // A single probability spans no range of its own; it lives in 0…1.
  const range = expected.length === 1 ? 1 : Math.max(...expected) - low;
  return Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? 0)))) / range;
}
