import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { ModelRole } from '../../core/model.ts';
import {
  PackModel,
  type PullPlan,
  parseAlignment,
  parseManifest,
  parseScale,
  planFile,
  sha256OfFile,
} from '../../features/models/index.ts';

export interface AddOptions {
  role: ModelRole;
  licence: string;
  shape: string;
  scale: string;
  align: string;
  order: 'RGB' | 'BGR';
  liveIndex?: number;
  modelName?: string;
  modelVersion?: string;
}

/** Describes a file of this machine by the options of `models add`. */
export async function planAdded(file: string, options: AddOptions): Promise<PullPlan> {
  const { size } = await stat(file).catch((cause: unknown) => {
    throw new AppError('model_damaged', `${file} cannot be read`, { cause });
  });
  const sha256 = await sha256OfFile(file);
  const name = options.modelName ?? basename(file, '.onnx');
  const model = parseManifest(PackModel, {
    name,
    version: options.modelVersion ?? sha256.slice(0, 12),
    role: options.role,
    file: `${name}.onnx`,
    sha256,
    bytes: size,
    licence: options.licence,
    input: {
      shape: options.shape.split('x').map((size) => (/^\d+$/.test(size) ? Number(size) : size)),
      order: options.order,
      layout: 'NCHW',
      ...parseScale(options.scale),
      align: parseAlignment(options.align),
    },
    live_index: options.liveIndex,
  });
  if (model.role === 'pad' && model.live_index === undefined) {
    throw new AppError('model_manifest_invalid', 'A pad model needs --live-index');
  }
  return planFile(file, model);
}
