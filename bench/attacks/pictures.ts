import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RgbImage } from '../../src/core/image.ts';
import type { InferenceSession } from '../../src/core/model.ts';
import { parseCsv } from '../../src/features/evaluation/index.ts';
import { createPyramid } from '../../src/vision/image/pyramid.ts';
import { resize } from '../../src/vision/image/warp.ts';
import { detectFaces } from '../../src/vision/tasks/detect-faces.ts';
import { meshFace } from '../../src/vision/tasks/mesh-face.ts';
import { rasterPeak } from '../../src/vision/tasks/raster-peak.ts';
import { frameAround } from '../../src/vision/tasks/straight-frame.ts';
import type { BenchRow } from '../support/bench-report.ts';
import { openLocalPorts } from './local-ports.ts';

/** As the judge's operating points; of single pictures here, where it takes the median of several looks. */
const LIMITS = { raster: 14.5, frame: 0.68 } as const;
/** Longer side at which recordings are looked at. */
const SIDE = 640;

/** What the traces of screens and prints are worth on pictures that were really taken of them. */
export async function pictureRows(dataDir: string): Promise<BenchRow[]> {
  const ports = await openLocalPorts();
  const [detector] = (await ports.models('face-detection')) as [InferenceSession];
  const [mesher] = (await ports.models('face-mesh')) as [InferenceSession];
  const list = await readFile(resolve(dataDir, 'pad/list.csv'), 'utf8');
  const seen = new Map<string, { raster: number; frame: number }[]>();
  for (const { file, attack } of parseCsv(list, ['file', 'attack'], 'pad/list.csv')) {
    const bytes = await readFile(resolve(dataDir, file));
    const pyramid = createPyramid(shrunk(await ports.decodeImage(bytes, file)));
    const [face] = await detectFaces(detector, pyramid, 'whole');
    if (!face) continue;
    const { box } = await meshFace(mesher, pyramid, face);
    const raster = rasterPeak(pyramid.image, box.x + box.width / 2, box.y + box.height / 2);
    const traces = { raster, frame: frameAround(pyramid, box) };
    seen.set(attack, [...(seen.get(attack) ?? []), traces]);
  }
  return [...seen].flatMap(([attack, traces]) =>
    (['raster', 'frame'] as const).map((trace) => ({
      what: `${trace}_seen_on_${attack}`,
      value: traces.filter((values) => values[trace] > LIMITS[trace]).length,
      unit: `of ${traces.length}`,
    })),
  );
}

function shrunk(image: RgbImage): RgbImage {
  const share = Math.min(1, SIDE / Math.max(image.width, image.height));
  const size = {
    width: Math.round(image.width * share),
    height: Math.round(image.height * share),
  };
  return share < 1 ? resize(image, size) : image;
}
