import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InstalledModel } from '../../core/model.ts';
import { OnnxGraph } from '../../features/models/convert/onnx-graph.ts';
import { loadSession } from './session.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonafide-session-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A graph that adds its constant to each channel: y = x + [1, 2, 3]. */
function addingGraph(inputShape: readonly (number | string)[]): Uint8Array {
  const graph = new OnnxGraph('adding');
  const bias = graph.floats('bias', [3, 1, 1], Float32Array.of(1, 2, 3));
  graph.node('Add', ['input', bias], 'sum');
  return graph.encode([{ name: 'input', shape: inputShape }], [{ name: 'sum', shape: inputShape }]);
}

async function install(
  bytes: Uint8Array,
  shape: readonly (number | string)[],
): Promise<InstalledModel> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = join(folder, `${sha256}.onnx`);
  await writeFile(path, bytes);
  return {
    role: 'face-quality',
    model: { name: 'adding', version: '1', sha256 },
    input: { shape, order: 'RGB', layout: 'NCHW', mean: [0, 0, 0], std: [1, 1, 1], align: 'none' },
    path,
  };
}

describe('a session', () => {
  it('computes, and carries the digest of its weights', async () => {
    const installed = await install(addingGraph(['N', 3, 1, 2]), ['N', 3, 1, 2]);
    const session = await loadSession(installed);
    expect(session).toMatchObject({
      role: 'face-quality',
      model: installed.model,
      inputNames: ['input'],
      outputNames: ['sum'],
    });
    const data = Float32Array.of(0, 0, 10, 10, 20, 20);
    const { sum } = await session.run({ input: { data, shape: [1, 3, 1, 2] } });
    expect(sum).toEqual({ data: Float32Array.of(1, 1, 12, 12, 23, 23), shape: [1, 3, 1, 2] });
  });

  it('computes on the CPU where CUDA is wanted and not present', async () => {
    const installed = await install(addingGraph([1, 3, 1, 1]), [1, 3, 1, 1]);
    const session = await loadSession(installed, { cuda: true });
    const { sum } = await session.run({
      input: { data: new Float32Array(3), shape: [1, 3, 1, 1] },
    });
    expect(sum?.data).toEqual(Float32Array.of(1, 2, 3));
  });

  it('takes a fixed size where the graph leaves it open, and the other way round', async () => {
    await loadSession(await install(addingGraph(['N', 3, 'H', 'W']), [1, 3, 8, 8]));
    await loadSession(await install(addingGraph([1, 3, 8, 8]), ['N', 3, 8, 8]));
  });

  it('refuses a graph that takes another input than declared', async () => {
    const installed = await install(addingGraph([1, 3, 8, 8]), [1, 3, 9, 9]);
    await expect(loadSession(installed)).rejects.toMatchObject({
      code: 'model_shape_mismatch',
      message: 'adding: declared input [1, 3, 9, 9], the graph takes [1, 3, 8, 8]',
    });
    const flat = await install(addingGraph([3, 8, 8]), [1, 3, 8, 8]);
    await expect(loadSession(flat)).rejects.toMatchObject({ code: 'model_shape_mismatch' });
  });

  it('refuses a file that is missing, changed or no graph', async () => {
    const installed = await install(addingGraph([1, 3, 8, 8]), [1, 3, 8, 8]);
    const gone = { ...installed, path: `${installed.path}.gone` };
    await expect(loadSession(gone)).rejects.toMatchObject({ code: 'model_damaged' });
    await writeFile(installed.path, addingGraph([1, 3, 8, 9]));
    await expect(loadSession(installed)).rejects.toThrow(/the file has sha256 .*, expected/);
    const noGraph = await install(Buffer.from('not a graph'), [1, 3, 8, 8]);
    await expect(loadSession(noGraph)).rejects.toThrow(/cannot load the file/);
  });
});
