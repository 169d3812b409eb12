import { bytesField, concat, intField } from './protobuf.ts';

/** Field numbers are those of onnx.proto3 (ONNX 1.12, IR version 8). */
const IR_VERSION = 8;
/** Operator set 17: the newest in which `ReduceMean` takes its axes as an attribute. */
const OPSET = 17;
const ELEMENT_FLOAT = 1;
const ELEMENT_INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** An attribute is an int, a string or a list of ints; the operators that we write need no others. */
export type OnnxAttribute = number | string | readonly number[];

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A string dimension is free and named. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Collects a graph and writes it. The same calls give the same bytes: nothing depends on time or chance. */
export class OnnxGraph {
  readonly name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, Initializer>();

  constructor(name: string) {
    this.name = name;
  }

  /** Returns the name of the output, so that calls can be nested. */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    this.#nodes.push({ op, inputs, output, attributes });
    return output;
  }

  /** A constant; the same name twice is the same constant. */
  floats(name: string, shape: readonly number[], data: Float32Array): string {
    return this.#add({ name, shape, data });
  }

  /** A one-dimensional constant of 64-bit integers: shapes, paddings, axes. */
  ints(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#add({ name, shape: [values.length], data });
  }

  encode(inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): Uint8Array {
    const graph = concat([
      ...this.#nodes.map((node) => bytesField(1, encodeNode(node))),
      bytesField(2, this.name),
      ...[...this.#initializers.values()].map((value) => bytesField(5, encodeTensor(value))),
      ...inputs.map((value) => bytesField(11, encodeValue(value))),
      ...outputs.map((value) => bytesField(12, encodeValue(value))),
    ]);
    return concat([
      intField(1, IR_VERSION),
      bytesField(2, 'bonafide'),
      bytesField(7, graph),
      bytesField(8, concat([bytesField(1, ''), intField(2, OPSET)])),
    ]);
  }

  #add(initializer: Initializer): string {
    this.#initializers.set(initializer.name, initializer);
    return initializer.name;
  }
}

function encodeNode({ op, inputs, output, attributes }: OnnxNode): Uint8Array {
  return concat([
    ...inputs.map((name) => bytesField(1, name)),
    bytesField(2, output),
    bytesField(3, output),
    bytesField(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(5, encodeAttribute(name, value)),
    ),
  ]);
}

function encodeAttribute(name: string, value: OnnxAttribute): Uint8Array {
  const head = bytesField(1, name);
  if (typeof value === 'number') {
    return concat([head, intField(3, value), intField(20, ATTRIBUTE_INT)]);
  }
  if (typeof value === 'string') {
    return concat([head, bytesField(4, value), intField(20, ATTRIBUTE_STRING)]);
  }
  return concat([head, ...value.map((item) => intField(8, item)), intField(20, ATTRIBUTE_INTS)]);
}

function encodeTensor({ name, shape, data }: Initializer): Uint8Array {
  return concat([
    ...shape.map((size) => intField(1, size)),
    intField(2, data instanceof Float32Array ? ELEMENT_FLOAT : ELEMENT_INT64),
    bytesField(8, name),
    bytesField(9, littleEndian(data)),
  ]);
}

/** `raw_data` is little-endian whatever the machine; written through DataView so that the digest is too. */
function littleEndian(data: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(data.byteLength);
  const view = new DataView(bytes.buffer);
  if (data instanceof Float32Array) {
    for (const [i, value] of data.entries()) view.setFloat32(i * 4, value, true);
  } else {
    for (const [i, value] of data.entries()) view.setBigInt64(i * 8, value, true);
  }
  return bytes;
}

function encodeValue({ name, shape }: OnnxValue): Uint8Array {
  const dims = shape.map((size) =>
    bytesField(1, typeof size === 'number' ? intField(1, size) : bytesField(2, size)),
  );
  const tensor = concat([intField(1, ELEMENT_FLOAT), bytesField(2, concat(dims))]);
  return concat([bytesField(1, name), bytesField(2, bytesField(1, tensor))]);
}
