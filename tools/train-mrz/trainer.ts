import * as ort from 'onnxruntime-node';
import { OnnxGraph } from '../../src/features/models/convert/onnx-graph.ts';
import { Adam } from './adam.ts';
import { addBackward, addForward, classes, layers, weightShape } from './net.ts';
import { normal, type Random } from './random.ts';
import { strip } from './render-line.ts';

/** Strips (N, 1, 24, 256) normalised to mean 0 and deviation 1, targets (N, 38, 1, 128). */
export interface Batch {
  readonly size: number;
  readonly strips: Float32Array;
  readonly targets: Float32Array;
}

/**
 * Runs the training step as an ONNX graph, gradients included, so that the convolutions are native.
 * Deterministic for a given seed on one machine (one thread).
 */
export class Trainer {
  readonly parameters = new Map<string, Float32Array>();
  readonly #shapes = new Map<string, readonly number[]>();
  readonly #adam = new Adam();
  #session: ort.InferenceSession | undefined;

  constructor(random: Random) {
    for (const layer of layers) {
      const shape = weightShape(layer);
      const fanIn = layer.inputs * layer.kernel[0] * layer.kernel[1];
      const scale = Math.sqrt(2 / fanIn);
      const weights = new Float32Array(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < weights.length; i++) weights[i] = normal(random) * scale;
      this.#add(`${layer.name}.w`, shape, weights);
      this.#add(`${layer.name}.b`, [layer.outputs], new Float32Array(layer.outputs));
    }
  }

  get parameterCount(): number {
    return [...this.parameters.values()].reduce((sum, values) => sum + values.length, 0);
  }

  /** One step of Adam; returns the loss before it. */
  async step(batch: Batch, rate: number): Promise<number> {
    const session = await this.#ready();
    const feeds: Record<string, ort.Tensor> = {
      strip: new ort.Tensor('float32', batch.strips, [batch.size, 1, strip.height, strip.width]),
      target: new ort.Tensor('float32', batch.targets, [batch.size, classes, 1, strip.width / 2]),
    };
    for (const [name, values] of this.parameters) {
      feeds[name] = new ort.Tensor('float32', values, this.#shapes.get(name) ?? []);
    }
    const results = await session.run(feeds);
    const gradients = new Map(
      [...this.parameters.keys()].map((name) => [name, floats(results, gradientName(name))]),
    );
    this.#adam.update(this.parameters, gradients, rate);
    return floats(results, 'loss')[0] ?? Number.NaN;
  }

  /** The net alone, weights inside: `strip` (N, 1, 24, W) to log-probabilities `scores` (N, 38, 1, W / 2). */
  exportNet(): Uint8Array {
    const graph = new OnnxGraph('mrz-glyphs');
    for (const [name, values] of this.parameters) {
      graph.floats(name, this.#shapes.get(name) ?? [], values);
    }
    graph.node('LogSoftmax', [addForward(graph)], 'scores', { axis: 1 });
    return graph.encode(
      [{ name: 'strip', shape: ['lines', 1, strip.height, 'width'] }],
      [{ name: 'scores', shape: ['lines', classes, 1, 'columns'] }],
    );
  }

  #add(name: string, shape: readonly number[], values: Float32Array): void {
    this.parameters.set(name, values);
    this.#shapes.set(name, shape);
  }

  async #ready(): Promise<ort.InferenceSession> {
    this.#session ??= await ort.InferenceSession.create(this.#trainingGraph(), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    return this.#session;
  }

  #trainingGraph(): Uint8Array {
    const graph = new OnnxGraph('mrz-glyphs-training');
    addBackward(graph, addForward(graph));
    const parameters = [...this.#shapes].map(([name, shape]) => ({ name, shape }));
    const gradients = parameters.map(({ name, shape }) => ({ name: gradientName(name), shape }));
    return graph.encode(
      [
        { name: 'strip', shape: ['lines', 1, strip.height, strip.width] },
        { name: 'target', shape: ['lines', classes, 1, strip.width / 2] },
        ...parameters,
      ],
      [{ name: 'loss', shape: [1, 1, 1, 1] }, ...gradients],
    );
  }
}

/** `c1.w` → `c1.dw`. */
function gradientName(parameter: string): string {
  return parameter.replace('.', '.d');
}

function floats(results: ort.InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the training graph gave no ${name}`);
  return data;
}
