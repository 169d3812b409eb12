import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { OnnxGraph } from './onnx-graph.ts';
import type { WeightTensor } from './tfjs-weights.ts';
import { depthwiseToOihw, type FloatTensor, paddingsToNchw, toOihw } from './weight-layout.ts';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, unknown>>;
}

/** A value computed so far: `picture` is 4-D and already NCHW, `flat` has TensorFlow's own shape. */
interface Value {
  readonly name: string;
  readonly kind: 'picture' | 'flat';
}

export interface Conversion {
  readonly graph: OnnxGraph;
  readonly weights: ReadonlyMap<string, WeightTensor>;
  /** Filled in graph order, by TensorFlow name. */
  readonly values: Map<string, Value>;
}

type Converter = (c: Conversion, node: GraphNode) => Value;

const converters: Readonly<Record<string, Converter>> = {
  Placeholder: () => ({ name: 'input', kind: 'picture' }),
  Identity: (c, node) => emit(c, 'Identity', node, [value(c, node, 0)]),
  Conv2D: convertConvolution,
  _FusedConv2D: convertConvolution,
  DepthwiseConv2dNative: convertConvolution,
  _FusedMatMul: convertMatMul,
  Add: convertElementwise('Add'),
  AddV2: convertElementwise('Add'),
  Mul: convertElementwise('Mul'),
  Minimum: convertElementwise('Min'),
  Maximum: convertElementwise('Max'),
  Prelu: (c, node) => addPrelu(c, node, value(c, node, 0).name, 1),
  Relu: (c, node) => emit(c, 'Relu', node, [value(c, node, 0)]),
  Sigmoid: (c, node) => emit(c, 'Sigmoid', node, [value(c, node, 0)]),
  Softmax: convertSoftmax,
  MaxPool: convertMaxPool,
  Pad: convertPad,
  Reshape: convertReshape,
  ConcatV2: convertConcat,
  Mean: convertMean,
};

/** Adds what corresponds to one TensorFlow node; constants are read where they are used. */
export function convertNode(c: Conversion, node: GraphNode): void {
  if (node.op === 'Const') return;
  const convert = converters[node.op];
  if (!convert) throw unsupported(node, `the operator ${node.op}`);
  c.values.set(node.name, convert(c, node));
}

function convertConvolution(c: Conversion, node: GraphNode): Value {
  const isDepthwise = node.op === 'DepthwiseConv2dNative';
  if (list(node, 'dilations').some((rate) => rate !== 1)) throw unsupported(node, 'dilation');
  const filters = floats(c, node, 1);
  const { shape, data } = isDepthwise ? depthwiseToOihw(filters) : toOihw(filters);
  const inputs = [value(c, node, 0).name, c.graph.floats(inputName(node, 1), shape, data)];
  const fused = fusedOps(node);
  if (fused[0] === 'BiasAdd') {
    const bias = floats(c, node, 2);
    inputs.push(c.graph.floats(inputName(node, 2), bias.shape, bias.data));
  }
  const activation = fused.find((op) => op !== 'BiasAdd');
  const output = activation === undefined ? node.name : `${node.name}/linear`;
  c.graph.node('Conv', inputs, output, {
    ...window(node),
    ...(isDepthwise && { group: filters.shape[2] ?? 0 }),
  });
  if (activation === 'Prelu') return addPrelu(c, node, output, 3);
  if (activation !== undefined) c.graph.node('Relu', [output], node.name);
  return { name: node.name, kind: 'picture' };
}

/**
 * x above zero, slope · x below: the greater of the two as long as no slope exceeds 1. ONNX Runtime computes `PRelu`
 * one number at a time, `Mul` and `Max` many at once: a third of the whole mesh model's time was spent there.
 */
function addPrelu(c: Conversion, node: GraphNode, input: string, slopeAt: number): Value {
  const slopes = constant(c, node, slopeAt, 'picture');
  if (floats(c, node, slopeAt).data.some((slope) => slope > 1)) {
    c.graph.node('PRelu', [input, slopes], node.name);
  } else {
    const scaled = c.graph.node('Mul', [input, slopes], `${node.name}/scaled`);
    c.graph.node('Max', [input, scaled], node.name);
  }
  return { name: node.name, kind: 'picture' };
}

function convertMatMul(c: Conversion, node: GraphNode): Value {
  if (flag(node, 'transpose_a') || flag(node, 'transpose_b'))
    throw unsupported(node, 'transposing');
  const fused = fusedOps(node);
  if (fused[0] !== 'BiasAdd' || fused.includes('Prelu')) throw unsupported(node, fused.join(' + '));
  const inputs = [
    value(c, node, 0).name,
    constant(c, node, 1, 'flat'),
    constant(c, node, 2, 'flat'),
  ];
  const hasRelu = fused.length > 1;
  const output = c.graph.node('Gemm', inputs, hasRelu ? `${node.name}/linear` : node.name);
  if (hasRelu) c.graph.node('Relu', [output], node.name);
  return { name: node.name, kind: 'flat' };
}

function convertElementwise(op: string): Converter {
  return (c, node) => {
    const left = value(c, node, 0);
    const right = c.values.get(inputName(node, 1));
    if (right && right.kind !== left.kind) throw unsupported(node, 'mixing pictures and vectors');
    const other = right?.name ?? constant(c, node, 1, left.kind);
    c.graph.node(op, [left.name, other], node.name);
    return { name: node.name, kind: left.kind };
  };
}

function convertSoftmax(c: Conversion, node: GraphNode): Value {
  const input = value(c, node, 0);
  return emit(c, 'Softmax', node, [input], { axis: input.kind === 'picture' ? 1 : -1 });
}

function convertMaxPool(c: Conversion, node: GraphNode): Value {
  const [, height = 1, width = 1] = list(node, 'ksize');
  return emit(c, 'MaxPool', node, [value(c, node, 0)], {
    kernel_shape: [height, width],
    ...window(node),
  });
}

function convertPad(c: Conversion, node: GraphNode): Value {
  const pads = c.graph.ints(inputName(node, 1), paddingsToNchw(ints(c, node, 1)));
  const input = value(c, node, 0);
  c.graph.node('Pad', [input.name, pads], node.name);
  return { name: node.name, kind: input.kind };
}

/**
 * TensorFlow flattens channels last, so a picture is turned back before it is reshaped. How many places a list of
 * rows has is left open, so that a convolutional net may be given pictures of other sizes.
 */
function convertReshape(c: Conversion, node: GraphNode): Value {
  const input = value(c, node, 0);
  const [batch, ...others] = ints(c, node, 1);
  const isRows = input.kind === 'picture' && others.length === 2;
  const source =
    input.kind === 'picture'
      ? c.graph.node('Transpose', [input.name], `${node.name}/nhwc`, { perm: [0, 2, 3, 1] })
      : input.name;
  const shape = isRows ? [batch, -1, others[1]] : [batch, ...others];
  const target = c.graph.ints(inputName(node, 1), shape as number[]);
  c.graph.node('Reshape', [source, target], node.name);
  return { name: node.name, kind: 'flat' };
}

function convertConcat(c: Conversion, node: GraphNode): Value {
  const parts = node.input.slice(0, -1).map((_, i) => value(c, node, i));
  const [axis] = ints(c, node, node.input.length - 1);
  if (axis !== 3 || parts.some(({ kind }) => kind !== 'picture')) {
    throw unsupported(node, `joining along axis ${axis}`);
  }
  return emit(c, 'Concat', node, parts, { axis: 1 });
}

function convertMean(c: Conversion, node: GraphNode): Value {
  const axes = ints(c, node, 1);
  if (axes.join() !== '1,2' || flag(node, 'keep_dims')) throw unsupported(node, 'this averaging');
  const input = value(c, node, 0);
  c.graph.node('ReduceMean', [input.name], node.name, { axes: [2, 3], keepdims: 0 });
  return { name: node.name, kind: 'flat' };
}

function emit(
  c: Conversion,
  op: string,
  node: GraphNode,
  inputs: readonly Value[],
  attributes: Parameters<OnnxGraph['node']>[3] = {},
): Value {
  c.graph.node(
    op,
    inputs.map(({ name }) => name),
    node.name,
    attributes,
  );
  return { name: node.name, kind: inputs[0]?.kind ?? 'flat' };
}

/** Strides and padding of a sliding window. TensorFlow's SAME puts the odd pixel at bottom and right. */
function window(node: GraphNode): { strides: number[]; auto_pad: string } {
  const [, height = 1, width = 1] = list(node, 'strides');
  const padding = text(Attribute.string.parse(node.attr.padding).s);
  if (padding !== 'SAME' && padding !== 'VALID') throw unsupported(node, `padding ${padding}`);
  if (text(Attribute.string.parse(node.attr.data_format).s) !== 'NHWC') {
    throw unsupported(node, 'channels first');
  }
  return { strides: [height, width], auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID' };
}

/** A constant operand beside a value: one number, or one per channel of the last axis. */
function constant(c: Conversion, node: GraphNode, index: number, kind: Value['kind']): string {
  const { shape, data } = floats(c, node, index);
  const name = inputName(node, index);
  if (kind === 'flat' || data.length === 1) {
    return c.graph.floats(name, data.length === 1 && kind === 'picture' ? [] : shape, data);
  }
  if (shape.at(-1) !== data.length) throw unsupported(node, `a constant of shape ${shape}`);
  return c.graph.floats(name, [data.length, 1, 1], data);
}

function value(c: Conversion, node: GraphNode, index: number): Value {
  const found = c.values.get(inputName(node, index));
  if (!found) throw unsupported(node, `input ${index} that is not computed`);
  return found;
}

function inputName(node: GraphNode, index: number): string {
  const name = node.input[index];
  if (name === undefined) throw unsupported(node, `${node.input.length} inputs`);
  return name;
}

function floats(c: Conversion, node: GraphNode, index: number): FloatTensor {
  const tensor = c.weights.get(inputName(node, index));
  if (!(tensor?.data instanceof Float32Array))
    throw unsupported(node, `input ${index} without weights`);
  return { shape: tensor.shape, data: tensor.data };
}

function ints(c: Conversion, node: GraphNode, index: number): number[] {
  const tensor = c.weights.get(inputName(node, index));
  if (!(tensor?.data instanceof Int32Array))
    throw unsupported(node, `input ${index} without integers`);
  return [...tensor.data];
}

/** Attribute values in the JSON form of TensorFlow's protobuf: 64-bit integers and bytes are strings. */
const Attribute = {
  ints: z.object({ list: z.object({ i: z.array(z.coerce.number().int()) }) }),
  strings: z.object({ list: z.object({ s: z.array(z.string()).default([]) }) }),
  string: z.object({ s: z.string() }),
  flag: z.object({ b: z.boolean() }).default({ b: false }),
};

function list(node: GraphNode, name: string): number[] {
  return Attribute.ints.parse(node.attr[name]).list.i;
}

function flag(node: GraphNode, name: string): boolean {
  return Attribute.flag.parse(node.attr[name]).b;
}

function fusedOps(node: GraphNode): string[] {
  if (node.attr.fused_ops === undefined) return [];
  const ops = Attribute.strings.parse(node.attr.fused_ops).list.s.map(text);
  const unknown = ops.find((op) => !['BiasAdd', 'Relu', 'Prelu'].includes(op));
  if (unknown !== undefined) throw unsupported(node, `the fused operator ${unknown}`);
  return ops;
}

function text(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function unsupported(node: GraphNode, what: string): AppError {
  return new AppError(
    'model_conversion_failed',
    `${node.name}: ${what} cannot be converted to ONNX`,
  );
}
