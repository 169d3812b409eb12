/** Of the close-up of `describeFrame`. */
export const WIDTH = 96;
export const HEIGHT = 64;
/** Pixels between the nodes at which the meshes are compared. */
const STEP = 8;
const COLUMNS = WIDTH / STEP + 1;
const ROWS = HEIGHT / STEP + 1;
/** Square of the distance within which a point of the mesh speaks for a node alone, pixels. */
const NEAR = 4;

/** How far something lies off, x and y. */
type Shift = readonly [number, number];

/** Points of a mesh on the close-up of its frame: x and y by turns. */
export type Places = Float32Array;

/**
 * Lays close-ups over one mesh, point by point, with displacements between by inverse distance: what was done to one
 * picture to make it look like many is undone. Of many different pictures, what differs stays.
 */
export function unwarper(canon: Places): (closeUp: Uint8Array, places: Places) => Float32Array {
  const weights = nodeWeights(canon);
  const shift = new Float32Array(canon.length);
  return (closeUp, places) => {
    for (let i = 0; i < shift.length; i++) {
      shift[i] = (places[i] as number) - (canon[i] as number);
    }
    return sampleAll(
      Float32Array.from(closeUp),
      weights.map((row) => weightedMean(row, shift)),
    );
  };
}

function nodeWeights(canon: Places): Float32Array[] {
  return Array.from({ length: COLUMNS * ROWS }, (_, node) => {
    const [x, y] = [(node % COLUMNS) * STEP, Math.floor(node / COLUMNS) * STEP];
    const row = new Float32Array(canon.length / 2);
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      const dx = (canon[i * 2] as number) - x;
      const dy = (canon[i * 2 + 1] as number) - y;
      const weight = 1 / (dx * dx + dy * dy + NEAR) ** 2;
      row[i] = weight;
      sum += weight;
    }
    return row.map((weight) => weight / sum);
  });
}

function weightedMean(weights: Float32Array, shift: Float32Array): Shift {
  let [x, y] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    x += weight * (shift[i * 2] as number);
    y += weight * (shift[i * 2 + 1] as number);
  }
  return [x, y];
}

function sampleAll(closeUp: Float32Array, nodes: readonly Shift[]): Float32Array {
  const out = new Float32Array(WIDTH * HEIGHT);
  for (let row = 0; row + 1 < ROWS; row++) {
    for (let column = 0; column + 1 < COLUMNS; column++) {
      const at = row * COLUMNS + column;
      const shiftAt = (i: number) => nodes[i] as Shift;
      const below = at + COLUMNS;
      const shifts = [shiftAt(at), shiftAt(at + 1), shiftAt(below), shiftAt(below + 1)] as const;
      sampleCell(closeUp, shifts, column * STEP, row * STEP, out);
    }
  }
  return out;
}

/** The shift of each pixel lies between those of the four nodes around it. */
function sampleCell(
  closeUp: Float32Array,
  [[ax, ay], [bx, by], [cx, cy], [dx, dy]]: readonly [Shift, Shift, Shift, Shift],
  left: number,
  top: number,
  out: Float32Array,
): void {
  for (let j = 0; j < STEP; j++) {
    const v = (j + 0.5) / STEP;
    const [fromX, fromY] = [ax + (cx - ax) * v, ay + (cy - ay) * v];
    const [toX, toY] = [bx + (dx - bx) * v, by + (dy - by) * v];
    for (let i = 0; i < STEP; i++) {
      const u = (i + 0.5) / STEP;
      const x = left + i + fromX + (toX - fromX) * u;
      const y = top + j + fromY + (toY - fromY) * u;
      out[(top + j) * WIDTH + left + i] = bilinear(closeUp, x, y);
    }
  }
}

/** At array coordinates on a picture of the close-up's size; beyond the edge the nearest pixel. */
export function bilinear(data: Float32Array, x: number, y: number): number {
  const cx = Math.min(Math.max(x, 0), WIDTH - 1.001);
  const cy = Math.min(Math.max(y, 0), HEIGHT - 1.001);
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const fx = cx - x0;
  const fy = cy - y0;
  const i = y0 * WIDTH + x0;
  const top = (data[i] as number) * (1 - fx) + (data[i + 1] as number) * fx;
  const low = (data[i + WIDTH] as number) * (1 - fx) + (data[i + WIDTH + 1] as number) * fx;
  return top * (1 - fy) + low * fy;
}
