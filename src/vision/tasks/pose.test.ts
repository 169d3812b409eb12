import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimatePose } from './pose.ts';

/** A made-up head, facing the camera: mirrored pairs left and right, forehead above, chin below. */
function frontalHead(): number[][] {
  const points = Array.from({ length: 468 }, () => [0, 0, 0]);
  const pairs = [
    [127, 356, 70, -20, 40],
    [234, 454, 72, 10, 45],
    [93, 323, 68, 30, 40],
    [33, 263, 45, -25, 10],
    [133, 362, 18, -25, 5],
    [132, 361, 66, 40, 40],
    [58, 288, 60, 60, 38],
  ] as const;
  for (const [left, right, x, y, z] of pairs) {
    points[left] = [-x, y, z];
    points[right] = [x, y, z];
  }
  points[10] = [0, -90, 10];
  points[152] = [0, 90, 10];
  return points;
}

/** Turns the head about the vertical, then nods it, then tilts it; degrees with the signs of `Pose`. */
function turned(yaw: number, pitch: number, roll: number): Float32Array {
  const [a, b, c] = [yaw, pitch, roll].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const points = frontalHead().map(([x = 0, y = 0, z = 0]) => {
    // The nose points along −z. Pitch up lifts it: −z goes towards −y.
    const y1 = y * Math.cos(b) + z * Math.sin(b);
    const z1 = -y * Math.sin(b) + z * Math.cos(b);
    // Yaw to the right of the picture: −z goes towards +x.
    const x2 = x * Math.cos(a) - z1 * Math.sin(a);
    const z2 = x * Math.sin(a) + z1 * Math.cos(a);
    return [x2 * Math.cos(c) - y1 * Math.sin(c), x2 * Math.sin(c) + y1 * Math.cos(c), z2];
  });
  return Float32Array.from(points.flat());
}

describe('estimatePose', () => {
  it('has the documented signs', () => {
    expect(estimatePose(turned(30, 0, 0)).yaw).toBeCloseTo(30, 1);
    expect(estimatePose(turned(0, 20, 0)).pitch - estimatePose(turned(0, 0, 0)).pitch).toBeCloseTo(
      20,
      1,
    );
    expect(estimatePose(turned(0, 0, 170)).roll).toBeCloseTo(170, 1);
    expect(estimatePose(turned(0, 0, -15)).roll).toBeCloseTo(-15, 1);
  });

  it('recovers roll for any turn, and yaw for any roll', () => {
    const angle = fc.double({ min: -60, max: 60, noNaN: true });
    fc.assert(
      fc.property(angle, fc.double({ min: -170, max: 170, noNaN: true }), (yaw, roll) => {
        const pose = estimatePose(turned(yaw, 0, roll));
        expect(pose.yaw).toBeCloseTo(yaw, 2);
        expect(pose.roll).toBeCloseTo(roll, 2);
      }),
    );
  });
});
