import { LeastSquares } from './least-squares.ts';

/**
 * What differs between two chips of one face, once the one is displaced, stretched, turned and brightened to lie best
 * over the other (one step of Lucas and Kanade 1981 with an affine displacement and a linear change of light). Points
 * of the mesh tremble by fractions of a pixel: on a sharp photograph that alone looks like life. Both are smoothed
 * first, so that the noise of the camera does not count.
 * @returns share of the contrast: 0 nothing, 1 unrelated; NaN where nothing can be seen
 * @param a luma of `describeFrame`, `SIDE` squared
 */
export function unexplainedChange(a: Uint8Array, b: Uint8Array): number {
  const [from, to] = [smoothed(a), smoothed(b)];
  let mean = 0;
  for (const i of FACE) mean += (from[i] as number) / FACE.length;
  const system = new LeastSquares(8);
  const row = new Float64Array(8);
  let contrast = 0;
  for (const i of FACE) {
    const x = ((i % SIDE) - SIDE / 2) / 16;
    const y = (Math.floor(i / SIDE) - SIDE / 2) / 16;
    const gx = slope(from, to, i, 1);
    const gy = slope(from, to, i, SIDE);
    const light = (from[i] as number) - mean;
    row[0] = gx;
    row[1] = gx * x;
    row[2] = gx * y;
    row[3] = gy;
    row[4] = gy * x;
    row[5] = gy * y;
    row[6] = light;
    row[7] = 1;
    system.add(row, (to[i] as number) - (from[i] as number));
    contrast += light * light;
  }
  // A difference of two unrelated pictures has twice the energy of one.
  return contrast > LEAST_CONTRAST ? system.unexplained() / contrast / 2 : Number.NaN;
}

const SIDE = 64;
/** Sum of squares of grey levels: of a picture that shows nothing. */
const LEAST_CONTRAST = 1;

/** Eyes, nose and mouth on the chip of `describeFrame`. */
const FACE: readonly number[] = Array.from({ length: SIDE * SIDE }, (_, i) => i).filter((i) => {
  const x = ((i % SIDE) + 0.5) / SIDE;
  const y = (Math.floor(i / SIDE) + 0.5) / SIDE;
  return ((x - 0.5) / 0.2) ** 2 + ((y - 0.54) / 0.2) ** 2 <= 1;
});

const known = new WeakMap<Uint8Array, Float32Array>();

/** Mean of nine pixels; each chip is asked for by many pairs. */
function smoothed(chip: Uint8Array): Float32Array {
  const before = known.get(chip);
  if (before) return before;
  const smooth = new Float32Array(SIDE * SIDE);
  for (let i = SIDE + 1; i < SIDE * (SIDE - 1) - 1; i++) {
    let sum = 0;
    for (const row of [i - SIDE, i, i + SIDE]) {
      sum += (chip[row - 1] as number) + (chip[row] as number) + (chip[row + 1] as number);
    }
    smooth[i] = sum / 9;
  }
  known.set(chip, smooth);
  return smooth;
}

/** Mean gradient of both along an axis. */
function slope(a: Float32Array, b: Float32Array, i: number, step: number): number {
  const inA = (a[i + step] as number) - (a[i - step] as number);
  const inB = (b[i + step] as number) - (b[i - step] as number);
  return (inA + inB) / 4;
}
