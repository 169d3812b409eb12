import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../core/image.ts';
import { rotateQuarters } from '../image/warp.ts';
import { cropPortrait } from './crop-portrait.ts';
import type { Pose } from './pose.ts';

/** White, with a red bar where the hair above the face (100, 120, 40 × 50) would be. */
function picture(): RgbImage {
  const [width, height] = [240, 300];
  const data = new Uint8Array(width * height * 3).fill(255);
  for (let y = 95; y < 115; y++)
    for (let x = 100; x < 140; x++) data.set([255, 0, 0], (y * width + x) * 3);
  return { data, width, height };
}

const boxes = {
  0: { x: 100, y: 120, width: 40, height: 50 },
  1: { x: 300 - 170, y: 100, width: 50, height: 40 },
  2: { x: 240 - 140, y: 300 - 170, width: 40, height: 50 },
  3: { x: 120, y: 240 - 140, width: 50, height: 40 },
} as const;
const pose = (roll: number): Pose => ({ roll, yaw: 0, pitch: 0 });

describe('the crop of a portrait', () => {
  it.each([0, 1, 2, 3] as const)('is upright when the picture lies %i quarters turned', (lies) => {
    const upright = cropPortrait(picture(), { box: boxes[0], pose: pose(3) });
    expect([upright.width, upright.height]).toEqual([72, 100]);
    const turned = lies === 0 ? picture() : rotateQuarters(picture(), lies);
    const byRoll = cropPortrait(turned, { box: boxes[lies], pose: pose(90 * lies) });
    expect(byRoll).toEqual(upright);
    const byTurn = cropPortrait(turned, { box: boxes[lies], pose: pose(0) }, (4 - lies) % 4);
    expect(byTurn).toEqual(upright);
  });
});
