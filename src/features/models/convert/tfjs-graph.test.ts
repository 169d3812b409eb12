import { describe, expect, it } from 'vitest';
import { convertGraphModel, GraphModel } from './tfjs-graph.ts';
import { depthwiseToOihw, paddingsToNchw, toOihw } from './weight-layout.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function graph(op: string, attr: Record<string, unknown> = {}): GraphModel {
  return GraphModel.parse({
    modelTopology: {
      node: [
        { name: 'picture', op: 'Placeholder' },
        { name: 'filters', op: 'Const' },
        { name: 'answer', op, input: ['picture:0', 'filters'], attr },
        { name: 'unused', op: 'NotKnown', input: ['answer'] },
      ],
    },
    weightsManifest: [{ paths: ['w.bin'], weights: [] }],
  });
}

const weights = new Map([
  ['filters', { shape: [1, 1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
]);
const convolution = {
  strides: { list: { i: ['1', '2', '2', '1'] } },
  dilations: { list: { i: ['1', '1', '1', '1'] } },
  padding: { s: base64('SAME') },
  data_format: { s: base64('NHWC') },
};

function convert(op: string, attr: Record<string, unknown>, output = 'answer'): string {
  const bytes = convertGraphModel(graph(op, attr), weights, {
    name: 'test',
    inputShape: [1, 3, 8, 8],
    outputs: [{ name: output, shape: [1, 2, 4, 4] }],
  });
  return Buffer.from(bytes).toString('latin1');
}

describe('graph conversion', () => {
  it('keeps what the outputs need, and writes the same bytes every time', () => {
    const once = convert('Conv2D', convolution);
    expect(once).toContain('SAME_UPPER');
    expect(once).not.toContain('unused');
    expect(convert('Conv2D', convolution)).toBe(once);
  });

  it.each([
    ['an operator', 'Einsum', {}, /operator Einsum/],
    [
      'dilation',
      'Conv2D',
      { ...convolution, dilations: { list: { i: [1, 2, 2, 1] } } },
      /dilation/,
    ],
    [
      'channels first',
      'Conv2D',
      { ...convolution, data_format: { s: base64('NCHW') } },
      /channels/,
    ],
    ['odd padding', 'Conv2D', { ...convolution, padding: { s: base64('EXPLICIT') } }, /EXPLICIT/],
    [
      'an activation',
      '_FusedConv2D',
      { ...convolution, fused_ops: { list: { s: [base64('BiasAdd'), base64('Elu')] } } },
      /Elu/,
    ],
  ])('refuses %s that it does not know', (_, op, attr, message) => {
    expect(() => convert(op, attr)).toThrow(message);
  });

  it('refuses an output that is not there', () => {
    expect(() => convert('Conv2D', convolution, 'elsewhere')).toThrow(/no node elsewhere/);
  });
});

describe('weight layouts', () => {
  it('turn HWIO filters into OIHW', () => {
    const data = Float32Array.from({ length: 2 * 1 * 3 * 2 }, (_, i) => i);
    const { shape, data: turned } = toOihw({ shape: [2, 1, 3, 2], data });
    expect(shape).toEqual([2, 3, 2, 1]);
    // [o][i][h]: value at h·6 + i·2 + o.
    expect([...turned]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  });

  it('turn depthwise filters into one group a channel', () => {
    const data = Float32Array.from({ length: 1 * 2 * 3 }, (_, i) => i);
    const { shape, data: turned } = depthwiseToOihw({ shape: [1, 2, 3, 1], data });
    expect(shape).toEqual([3, 1, 1, 2]);
    expect([...turned]).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it('turn NHWC paddings into ONNX pads', () => {
    expect(paddingsToNchw([0, 0, 1, 2, 3, 4, 0, 24])).toEqual([0, 0, 1, 3, 0, 24, 2, 4]);
  });
});
