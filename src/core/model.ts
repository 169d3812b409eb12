/** What a model is for. A task asks for a role, the installed packs say which models serve it. */
export const modelRoles = [
  'face-detection',
  'face-mesh',
  'face-embedding',
  'face-age',
  'face-quality',
  'pad',
  'mrz-glyphs',
  'text-detection',
  'text-recognition',
] as const;
export type ModelRole = (typeof modelRoles)[number];

/** Names the weights behind an answer. Two answers are comparable only if `sha256` is equal. */
export interface ModelRef {
  readonly name: string;
  readonly version: string;
  /** Hex digest of the ONNX file. */
  readonly sha256: string;
}

/** How an image becomes the model's input: `(pixel − mean) / std`, pixel in 0…255, channels in `order`. */
export interface ModelInputSpec {
  /** As the graph declares it; a string is a free dimension. */
  readonly shape: readonly (number | string)[];
  readonly order: 'RGB' | 'BGR';
  readonly layout: 'NCHW' | 'NHWC';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Named crop or alignment (`dlib-150`, `arcface-112`, `eyes-mouth-96`, `box-2.7`, …) known to the task. */
  readonly align: string;
}

/** What a task must know to read the model's answer; empty for most roles. */
export interface ModelOutputSpec {
  /** Class index whose probability is "a live person"; presentation-attack models only. */
  readonly liveIndex?: number | undefined;
}

/** Dense float32, row-major. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A loaded model. Implementations live in platform/onnx; vision gets them handed in. */
export interface InferenceSession {
  readonly role: ModelRole;
  readonly model: ModelRef;
  readonly input: ModelInputSpec;
  readonly output?: ModelOutputSpec | undefined;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** A model on this machine, verified: everything that a vision process needs to load it. */
export interface InstalledModel {
  readonly role: ModelRole;
  readonly model: ModelRef;
  readonly input: ModelInputSpec;
  readonly output?: ModelOutputSpec | undefined;
  /** Absolute path of the ONNX file. */
  readonly path: string;
}
