import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawZone } from '../../../test/support/draw-zone.ts';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { loadGlyphs } from '../../../tools/train-mrz/glyph-atlas.ts';
import type { InferenceSession } from '../../core/model.ts';
import type { TaskPorts } from '../../core/task.ts';
import { decodeImage } from '../../platform/media/image.ts';
import { loadSession } from '../../platform/onnx/session.ts';
import { readMrzTask } from './read-mrz.task.ts';

const today = '2026-11-20';
let ports: TaskPorts;

beforeAll(async () => {
  const card = JSON.parse(readFileSync('models/mrz-glyphs.json', 'utf8'));
  const session: InferenceSession = await loadSession({
    role: 'mrz-glyphs',
    model: { name: card.name, version: card.version, sha256: card.sha256 },
    input: card.input,
    output: { liveIndex: undefined },
    path: resolve('models/mrz-glyphs.onnx'),
  } as Parameters<typeof loadSession>[0]);
  ports = { decodeImage, models: async () => [session] } as unknown as TaskPorts;
});

const passport = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
];
const card = [
  'I<UTOD231458907<<<<<<<<<<<<<<<',
  '7408122F1204159UTO<<<<<<<<<<<6',
  'ERIKSSON<<ANNA<MARIA<<<<<<<<<<',
];

describe('a drawn zone', () => {
  it.each([
    [0, passport],
    [180, passport],
    [37, passport],
    [90, card],
    [-12, card],
  ])('is read at %d degrees', async (angle, lines) => {
    const [glyphs] = await loadGlyphs();
    const image = await drawZone(glyphs ?? [], lines, { pitch: 15, angle });
    const { zone } = await readMrzTask.run(ports, { image, name: 'image', today });
    expect(zone?.lines).toEqual(lines);
    expect(zone?.valid).toBe(true);
    expect(zone?.corrections).toEqual([]);
  });

  it('with a wrong check digit is read as it stands and never vouched for', async () => {
    const [glyphs] = await loadGlyphs();
    const forged = [passport[0] as string, 'L898902C36UTO7408123F1204159ZE184226B<<<<<10'];
    const image = await drawZone(glyphs ?? [], forged, { pitch: 15, angle: 0 });
    const { zone } = await readMrzTask.run(ports, { image, name: 'image', today });
    expect(zone?.lines).toEqual(forged);
    expect(zone?.failedChecks).toEqual(['birth', 'composite']);
    expect(zone?.accepted).toEqual([false, false]);
  });

  it('is none on a picture without one', async () => {
    const data = new Uint8Array(600 * 400 * 3).map((_, i) => (i * 2654435761) >>> 24);
    const image = { data, width: 600, height: 400 };
    expect((await readMrzTask.run(ports, { image, name: 'image', today })).zone).toBeUndefined();
  });
});

describeWithShared('the specimens', () => {
  it('are read well, and no wrong line is vouched for', async () => {
    const rows = readFileSync(sharedPath('data/documents/mrz_ground_truth.csv'), 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((row) => row.split(','));
    let exact = 0;
    let all = 0;
    for (const [file = '', , ...cells] of rows) {
      const truth = cells.slice(0, 3).filter((line) => line !== '');
      const path = sharedPath(`data/documents/${file}`);
      const bytes = await sharp(path).flatten({ background: '#ffffff' }).png().toBuffer();
      const { zone } = await readMrzTask.run(ports, { bytes, name: file, today });
      for (const [i, line] of truth.entries()) {
        all++;
        if (zone?.lines[i] === line) exact++;
        else expect(zone?.accepted[i] ?? false, `${file} line ${i + 1}`).toBe(false);
      }
    }
    expect(exact / all).toBeGreaterThan(0.9);
  });
});
