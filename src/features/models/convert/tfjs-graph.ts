import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import { OnnxGraph, type OnnxValue } from './onnx-graph.ts';
import { type Conversion, convertNode, type GraphNode } from './tfjs-ops.ts';
import { WeightManifest, type WeightTensor } from './tfjs-weights.ts';

const NodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), z.unknown()).default({}),
});

/** `model.json` of a TensorFlow.js graph model, as far as we read it. */
export const GraphModel = z.object({
  modelTopology: z.object({ node: z.array(NodeSchema).min(1) }),
  weightsManifest: WeightManifest,
});
export type GraphModel = z.infer<typeof GraphModel>;

export interface GraphConversionOptions {
  readonly name: string;
  /** Input picture as the ONNX graph will declare it, NCHW. */
  readonly inputShape: readonly (number | string)[];
  /** Nodes to keep as outputs, with their shapes; what they do not need is left out. */
  readonly outputs: readonly OnnxValue[];
}

/**
 * TensorFlow.js graph model → ONNX. Pictures become NCHW inside; flat outputs keep TensorFlow's order.
 * The input is called `input`, the outputs keep their TensorFlow names.
 * @throws AppError model_conversion_failed for an operator or an attribute that is not supported
 */
export function convertGraphModel(
  model: GraphModel,
  weights: ReadonlyMap<string, WeightTensor>,
  options: GraphConversionOptions,
): Uint8Array {
  const nodes = new Map<string, GraphNode>(
    model.modelTopology.node.map((node) => [
      node.name,
      { ...node, input: node.input.map(bareName) },
    ]),
  );
  const conversion: Conversion = {
    graph: new OnnxGraph(options.name),
    weights,
    values: new Map(),
  };
  for (const node of inOrder(nodes, options.outputs)) convertNode(conversion, node);
  return conversion.graph.encode([{ name: 'input', shape: options.inputShape }], options.outputs);
}

/** Ancestors of the outputs, each after its own inputs. */
function inOrder(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly OnnxValue[],
): GraphNode[] {
  const order = new Set<GraphNode>();
  const visit = (name: string): void => {
    const node = nodes.get(name);
    if (!node) throw new AppError('model_conversion_failed', `The graph has no node ${name}`);
    if (order.has(node)) return;
    for (const input of node.input) visit(input);
    order.add(node);
  };
  for (const output of outputs) visit(output.name);
  return [...order];
}

/** `name:0` is the first output of `name`, which is the same as `name`. */
function bareName(input: string): string {
  return input.replace(/:0$/, '');
}
