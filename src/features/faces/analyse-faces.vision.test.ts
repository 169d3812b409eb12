import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { openTaskPorts } from '../../../test/support/task-ports.ts';
import type { Box } from '../../core/image.ts';
import type { TaskPorts, TaskRunner } from '../../core/task.ts';
import { landmarkNames } from '../../vision/tasks/face-landmarks.ts';
import { type ModelPack, resolveModels } from '../models/index.ts';
import { analyseFaces } from './analyse-faces.task.ts';
import { compareFaces, compareTwo } from './compare-faces.usecase.ts';
import { verifyIdentity } from './verify-identity.usecase.ts';

const demo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);
let pack: ModelPack;
let ports: TaskPorts;
let runner: TaskRunner;

beforeAll(async () => {
  pack = await resolveModels({ pack: 'default' });
  ports = openTaskPorts(pack.models);
  runner = { run: (task, input) => task.run(ports, input) };
});

const analyse = (bytes: Uint8Array, options: object = {}) =>
  analyseFaces.run(ports, { bytes, name: 'picture', ...options });

/** The photograph's face of that index, cut out with room around it. */
async function portrait(file: string, index = 0): Promise<Uint8Array> {
  const bytes = await readFile(join(demo, file));
  const { faces, image } = await analyse(bytes, { scope: 'all' });
  const { box } = faces[index] ?? { box: { x: 0, y: 0, width: 0, height: 0 } };
  const left = Math.max(0, Math.round(box.x - box.width * 0.6));
  const top = Math.max(0, Math.round(box.y - box.height * 0.6));
  const width = Math.min(image.width - left, Math.round(box.width * 2.2));
  const height = Math.min(image.height - top, Math.round(box.height * 2.2));
  return sharp(bytes).extract({ left, top, width, height }).png().toBuffer();
}

function middleOf({ x, y, width, height }: Box) {
  return { x: x + width / 2, y: y + height / 2 };
}

describe('analyse-faces', () => {
  it('finds the people of a photograph, largest first, with all that is promised of each', async () => {
    const analysis = await analyse(await readFile(join(demo, 'sample6.jpg')), {
      scope: 'all',
      embed: 'all',
      age: true,
      mesh: true,
    });
    expect(analysis.image).toEqual({ width: 1920, height: 1537 });
    expect(analysis.faces).toHaveLength(4);
    const areas = analysis.faces.map(({ box }) => box.width * box.height);
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    for (const face of analysis.faces) {
      expect(face.confidence).toBeGreaterThan(90);
      expect(face.landmarks.map(({ type }) => type)).toEqual(landmarkNames);
      const at = Object.fromEntries(face.landmarks.map((landmark) => [landmark.type, landmark]));
      expect(at.eyeLeft?.x).toBeLessThan(at.eyeRight?.x ?? 0);
      expect(at.eyeLeft?.y).toBeLessThan(at.nose?.y ?? 0);
      expect(at.nose?.y).toBeLessThan(at.chinBottom?.y ?? 0);
      for (const value of Object.values(face.quality)) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
      }
      expect(face.quality.overall).toBeGreaterThan(40);
      expect(face.mesh).toHaveLength(468 * 3);
      expect(face.age?.low).toBeLessThanOrEqual(face.age?.years ?? 0);
      const [{ vector } = { vector: new Float32Array() }] = face.embedding ?? [];
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(analysis.models.map(({ name }) => name)).toEqual([
      'blazeface',
      'facemesh',
      'dlib-resnet-128',
      'faceres',
    ]);
  });

  it('gives the same answer twice', async () => {
    const bytes = await portrait('sample5.jpg');
    const [one, two] = [
      await analyse(bytes, { embed: 'first' }),
      await analyse(bytes, { embed: 'first' }),
    ];
    expect({ ...two, timings: null }).toEqual({ ...one, timings: null });
  });

  it('finds a face of 32 pixels in a large picture, and only when it looks at every scale', async () => {
    const small = await sharp(await portrait('sample6.jpg'))
      .resize(72)
      .toBuffer();
    const canvas = sharp({
      create: { width: 3000, height: 2200, channels: 3, background: '#7a8791' },
    });
    const bytes = await canvas
      .composite([
        {
          input: await sharp(await portrait('sample5.jpg'))
            .resize(900)
            .toBuffer(),
          left: 60,
          top: 80,
        },
        { input: small, left: 2411, top: 1733 },
      ])
      .jpeg()
      .toBuffer();
    const all = await analyse(bytes, { scope: 'all' });
    expect(all.faces).toHaveLength(2);
    const [, found] = all.faces;
    expect(found?.box.width).toBeGreaterThan(28);
    expect(found?.box.width).toBeLessThan(40);
    expect((found?.box.x ?? 0) + (found?.box.width ?? 0) / 2).toBeCloseTo(2411 + 36, -1.3);
    expect((await analyse(bytes)).faces).toHaveLength(1);
  });

  it('sees a face that fills the picture, and one that is strongly tilted', async () => {
    const upright = await portrait('sample6.jpg');
    const turned = await sharp(upright).rotate(60, { background: '#888888' }).toBuffer();
    const { faces } = await analyse(turned, { embed: 'first' });
    expect(Math.abs(faces[0]?.pose.roll ?? 0)).toBeGreaterThan(50);
    const straight = await analyse(upright, { embed: 'first' });
    const [a, b] = [straight.faces[0], faces[0]];
    if (!a || !b) throw new Error('expected a face in both');
    expect(compareTwo(a, b, pack).similarity).toBeGreaterThan(90);
    const { box } = a;
    const tight = await sharp(upright)
      .extract({
        left: Math.round(box.x),
        top: Math.round(box.y),
        width: Math.round(box.width),
        height: Math.round(box.height),
      })
      .toBuffer();
    expect((await analyse(tight)).faces).toHaveLength(1);
  });

  it('finds a face on its side or head when told that the picture may lie so, where it stands', async () => {
    const upright = await portrait('sample6.jpg');
    const straight = (await analyse(upright, { embed: 'first' })).faces[0];
    if (!straight) throw new Error('expected a face');
    const { width, height } = await sharp(upright).metadata();
    const { x, y } = middleOf(straight.box);
    const places = { 90: [height - y, x], 180: [width - x, height - y], 270: [y, width - x] };
    for (const [degrees, [left = 0, top = 0]] of Object.entries(places)) {
      const bytes = await sharp(upright).rotate(Number(degrees)).toBuffer();
      const { faces } = await analyse(bytes, { embed: 'first', anyTurn: true });
      const [face] = faces;
      if (!face) throw new Error('expected a face');
      expect(compareTwo(straight, face, pack).similarity).toBeGreaterThan(99);
      const found = middleOf(face.box);
      const off = Math.hypot(found.x - left, found.y - top);
      expect(off).toBeLessThan(0.2 * straight.box.width);
    }
    const onHead = await sharp(upright).rotate(180).toBuffer();
    const [unsure] = (await analyse(onHead, { embed: 'first' })).faces;
    const similarity = unsure ? compareTwo(straight, unsure, pack).similarity : 0;
    expect(similarity).toBeLessThan(99);
  });

  it('takes pictures under 80 pixels only when it is told to', async () => {
    const small = await sharp(await portrait('sample6.jpg'))
      .resize(64, 64)
      .png()
      .toBuffer();
    await expect(analyse(small)).rejects.toMatchObject({ code: 'image_too_small' });
    expect((await analyse(small, { minSide: 30 })).faces).toHaveLength(1);
  });

  it('answers without faces where there are none, and says how wide the candidate was', async () => {
    const blank = await sharp({
      create: { width: 640, height: 480, channels: 3, background: '#88aacc' },
    })
      .png()
      .toBuffer();
    expect((await analyse(blank, { scope: 'all' })).faces).toEqual([]);
    const tiny = await sharp(await portrait('sample6.jpg'))
      .resize(52)
      .toBuffer();
    const withTiny = await sharp(blank)
      .composite([{ input: tiny, left: 300, top: 200 }])
      .png()
      .toBuffer();
    const run = compareFaces(runner, pack, {
      source: await portrait('sample5.jpg'),
      target: withTiny,
    });
    await expect(run).rejects.toThrow(
      /^`target`: no face found; the largest candidate was 2\d px wide, at least 30 px are needed$/,
    );
  });

  it('judges a picture worse when it is blurred, darkened, covered or small', async () => {
    const good = await portrait('sample6.jpg');
    const quality = async (bytes: Uint8Array) => (await analyse(bytes)).faces[0]?.quality;
    const before = await quality(good);
    if (!before) throw new Error('expected a face');
    const blurred = await quality(await sharp(good).blur(6).toBuffer());
    expect(blurred?.sharpness).toBeLessThan(before.sharpness - 30);
    const dark = await quality(await sharp(good).linear(0.25, 0).toBuffer());
    expect(dark?.brightness).toBeLessThan(before.brightness / 2);
    const small = await quality(await sharp(good).resize(110).toBuffer());
    expect(small?.size).toBeLessThan(before.size / 2);
    for (const worse of [blurred, dark, small])
      expect(worse?.overall).toBeLessThan(before.overall - 10);
  });
});

describe('comparing', () => {
  it('matches a person in a group, and nobody else', async () => {
    const source = await portrait('sample6.jpg', 1);
    const target = await readFile(join(demo, 'sample6.jpg'));
    const { matches, unmatched } = await compareFaces(runner, pack, { source, target });
    expect(matches).toHaveLength(1);
    expect(matches[0]?.similarity).toBeGreaterThan(95);
    expect(unmatched).toHaveLength(3);
  });

  it('does not take two people for one', async () => {
    const document = await portrait('sample6.jpg', 0);
    const selfie = await portrait('sample6.jpg', 2);
    const { decision } = await verifyIdentity(runner, pack, { document, selfie });
    expect(['no_match', 'review']).toContain(decision.verdict);
    expect(decision.similarity).toBeLessThan(80);
  });
});

describeWithShared('on photographs with known people', () => {
  const data = (path: string) => readFile(sharedPath(`data/faces/${path}`));

  it('matches two pictures of one person taken apart', async () => {
    const { decision } = await verifyIdentity(runner, pack, {
      document: await data('azure_sample/dad1/Family1-Dad1.jpg'),
      selfie: await data('azure_sample/dad1/Family1-Dad2.jpg'),
    });
    expect(decision).toMatchObject({ verdict: 'match', reasons: [] });
    expect(decision.similarity).toBeGreaterThan(90);
  });

  it('warns when the picture cuts the face off', async () => {
    const { faces } = await analyse(await data('quality/obama_partial_face2.jpg'));
    expect(faces[0]?.quality.visible).toBeLessThan(90);
  });

  it('finds both people', async () => {
    const { faces } = await analyse(await data('quality/two_people.jpg'), { scope: 'all' });
    expect(faces).toHaveLength(2);
  });
});
