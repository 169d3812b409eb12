import { AppError } from '../../../core/errors.ts';
import { OnnxGraph } from './onnx-graph.ts';
import type { WeightTensor } from './tfjs-weights.ts';
import { toOihw } from './weight-layout.ts';

/**
 * dlib's face recognition ResNet (dlib_face_recognition_resnet_model_v1), as face-api.js carries it.
 * The layers are not in the weight file, so they stand here. Source of the structure: dlib's
 * examples/dnn_face_recognition_ex.cpp. Input [N, 3, 150, 150], RGB 0…255; output [N, 128].
 */

/** Red, green, blue; subtracted inside the graph, so that the padding of callers stays exact. */
const MEAN = [122.782, 117.001, 104.298];

/** Residual blocks in order. A `down` block halves the picture; `pad*` say what its shortcut lacks. */
const BLOCKS = [
  { name: 'conv32_1' },
  { name: 'conv32_2' },
  { name: 'conv32_3' },
  { name: 'conv64_down', addedChannels: 32, shortBy: 0 },
  { name: 'conv64_1' },
  { name: 'conv64_2' },
  { name: 'conv64_3' },
  { name: 'conv128_down', addedChannels: 64, shortBy: 0 },
  { name: 'conv128_1' },
  { name: 'conv128_2' },
  { name: 'conv256_down', addedChannels: 128, shortBy: 1 },
  { name: 'conv256_1' },
  { name: 'conv256_2' },
  { name: 'conv256_down_out', addedChannels: 0, shortBy: 1 },
] as const;

type Weights = ReadonlyMap<string, WeightTensor>;

export function convertDlibNet(weights: Weights): Uint8Array {
  const graph = new OnnxGraph('dlib-resnet-128');
  const mean = graph.floats('mean', [1, 3, 1, 1], Float32Array.from(MEAN));
  const range = graph.floats('range', [], Float32Array.of(255));
  let value = graph.node('Sub', ['input', mean], 'centred');
  value = graph.node('Div', [value, range], 'normalised');
  value = convolution(graph, weights, 'conv32_down', value, { stride: 2, pad: 0 });
  value = graph.node('Relu', [value], 'conv32_down/relu');
  value = graph.node('MaxPool', [value], 'pool', { kernel_shape: [3, 3], strides: [2, 2] });
  for (const block of BLOCKS) value = residualBlock(graph, weights, block, value);
  value = graph.node('ReduceMean', [value], 'average', { axes: [2, 3], keepdims: 0 });
  const { shape, data } = floats(weights, 'fc');
  graph.node('MatMul', [value, graph.floats('fc', shape, data)], 'embedding');
  return graph.encode(
    [{ name: 'input', shape: ['N', 3, 150, 150] }],
    [{ name: 'embedding', shape: ['N', 128] }],
  );
}

function residualBlock(
  graph: OnnxGraph,
  weights: Weights,
  block: (typeof BLOCKS)[number],
  input: string,
): string {
  const { name } = block;
  const isDown = 'shortBy' in block;
  const first = isDown ? { stride: 2, pad: 0 } : { stride: 1, pad: 1 };
  let main = convolution(graph, weights, `${name}/conv1`, input, first);
  main = graph.node('Relu', [main], `${name}/conv1/relu`);
  main = convolution(graph, weights, `${name}/conv2`, main, { stride: 1, pad: 1 });
  let shortcut = input;
  if (isDown) {
    const pool = { kernel_shape: [2, 2], strides: [2, 2] };
    shortcut = graph.node('AveragePool', [input], `${name}/shortcut`, pool);
    shortcut = padEnd(graph, shortcut, [0, block.addedChannels, 0, 0]);
    main = padEnd(graph, main, [0, 0, block.shortBy, block.shortBy]);
  }
  const sum = graph.node('Add', [shortcut, main], `${name}/sum`);
  return graph.node('Relu', [sum], name);
}

/** Appends zeros: channels at the end, rows at the bottom, columns at the right. */
function padEnd(graph: OnnxGraph, input: string, ends: readonly number[]): string {
  if (ends.every((count) => count === 0)) return input;
  const pads = graph.ints(`${input}/pads`, [0, 0, 0, 0, ...ends]);
  return graph.node('Pad', [input, pads], `${input}/padded`);
}

/** `scale × (filters ∗ x + bias) + shift`, folded into one convolution. */
function convolution(
  graph: OnnxGraph,
  weights: Weights,
  name: string,
  input: string,
  { stride, pad }: { stride: number; pad: number },
): string {
  const filters = floats(weights, `${name}/conv/filters`);
  const bias = floats(weights, `${name}/conv/bias`).data;
  const scale = floats(weights, `${name}/scale/weights`).data;
  const shift = floats(weights, `${name}/scale/biases`).data;
  const channels = scale.length;
  const scaled = filters.data.map((value, i) => value * (scale[i % channels] ?? 0));
  const folded = bias.map((value, c) => value * (scale[c] ?? 0) + (shift[c] ?? 0));
  const { shape, data } = toOihw({ shape: filters.shape, data: scaled });
  const inputs = [
    input,
    graph.floats(`${name}/filters`, shape, data),
    graph.floats(`${name}/bias`, [channels], folded),
  ];
  return graph.node('Conv', inputs, name, {
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  });
}

function floats(weights: Weights, name: string): { shape: readonly number[]; data: Float32Array } {
  const tensor = weights.get(name);
  if (!(tensor?.data instanceof Float32Array)) {
    throw new AppError('model_conversion_failed', `The recognition net has no weights ${name}`);
  }
  return { shape: tensor.shape, data: tensor.data };
}
