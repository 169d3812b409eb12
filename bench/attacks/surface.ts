import type { Box, RgbImage } from '../../src/core/image.ts';

/**
 * A picture on a surface in space, seen by a pinhole camera: a flat print, a bent one, or a head with the relief
 * of its own mesh. One renderer for attacks and for honest movements, so that nothing but physics tells them apart.
 */

/** How the surface stands: degrees as in `Pose`, distance as magnification of what lies in the pivot's plane. */
export interface Stance {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** 1 at rest, 1.4 when that much nearer. */
  readonly nearness: number;
  /** Pixels. */
  readonly dx: number;
  readonly dy: number;
}

export const restStance: Stance = { yaw: 0, pitch: 0, roll: 0, nearness: 1, dx: 0, dy: 0 };

export interface Surface {
  readonly region: Box;
  readonly columns: number;
  readonly rows: number;
  /** Per node: depth in pixels, smaller is nearer to the camera; row by row. */
  readonly depth: Float32Array;
  /** Per node, 0…1: how much it takes part in the motion; 0 is the background that stays. */
  readonly share: Float32Array;
  readonly pivot: { readonly x: number; readonly y: number; readonly z: number };
}

/** A surface over `region` with a node every `step` pixels. */
export function makeSurface(
  region: Box,
  step: number,
  pivot: Surface['pivot'],
  at: (x: number, y: number) => { depth: number; share: number },
): Surface {
  const columns = Math.ceil(region.width / step) + 1;
  const rows = Math.ceil(region.height / step) + 1;
  const depth = new Float32Array(columns * rows);
  const share = new Float32Array(columns * rows);
  for (let i = 0; i < depth.length; i++) {
    const node = at(...nodeAt({ region, columns, rows }, i));
    depth[i] = node.depth;
    share[i] = node.share;
  }
  return { region, columns, rows, depth, share, pivot };
}

function nodeAt(
  { region, columns, rows }: Pick<Surface, 'region' | 'columns' | 'rows'>,
  i: number,
): [number, number] {
  const x = region.x + (region.width * (i % columns)) / (columns - 1);
  const y = region.y + (region.height * Math.floor(i / columns)) / (rows - 1);
  return [x, y];
}

/**
 * Paints the surface with the pixels of `texture` over `canvas` (changed in place).
 * `focal` in pixels: also the distance at rest, so that a surface at rest lands on its own pixels.
 */
export function paintSurface(
  canvas: RgbImage,
  texture: RgbImage,
  surface: Surface,
  stance: Stance,
  focal: number,
): void {
  const { columns, rows } = surface;
  const nodes = projectNodes(surface, stance, focal, canvas);
  const cells: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) cells.push(row * columns + column);
  }
  // Far ones first: what is nearer covers them.
  cells.sort((a, b) => (nodes.z[b] as number) - (nodes.z[a] as number));
  for (const at of cells) {
    paintTriangle(canvas, texture, nodes, [at, at + 1, at + columns]);
    paintTriangle(canvas, texture, nodes, [at + 1, at + columns + 1, at + columns]);
  }
}

interface Nodes {
  readonly from: Float32Array;
  readonly to: Float32Array;
  readonly z: Float32Array;
}

function projectNodes(
  surface: Surface,
  stance: Stance,
  focal: number,
  { width, height }: RgbImage,
): Nodes {
  const { pivot, depth, share } = surface;
  const turn = rotation(stance);
  const from = new Float32Array(depth.length * 2);
  const to = new Float32Array(depth.length * 2);
  const z = new Float32Array(depth.length);
  for (let i = 0; i < depth.length; i++) {
    const [x, y] = nodeAt(surface, i);
    const [px, py, pz] = turn(x - pivot.x, y - pivot.y, (depth[i] as number) - pivot.z);
    const away = focal / stance.nearness + pz + pivot.z;
    const ratio = focal / away;
    // Undo the perspective at rest: the texture's own pixels were taken with it.
    const still = 1 + (depth[i] as number) / focal;
    const u = width / 2 + (pivot.x - width / 2 + px * still) * ratio + stance.dx;
    const v = height / 2 + (pivot.y - height / 2 + py * still) * ratio + stance.dy;
    const w = share[i] as number;
    from[i * 2] = x;
    from[i * 2 + 1] = y;
    to[i * 2] = x + (u - x) * w;
    to[i * 2 + 1] = y + (v - y) * w;
    z[i] = away * w + (focal + 1e3) * (1 - w);
  }
  return { from, to, z };
}

/** Positive yaw turns the nose to the right edge, positive pitch up (towards smaller y), as `Pose`. */
function rotation({ yaw, pitch, roll }: Stance) {
  const [sy, cy] = sinCos(yaw);
  const [sp, cp] = sinCos(pitch);
  const [sr, cr] = sinCos(roll);
  return (x: number, y: number, z: number): [number, number, number] => {
    const x1 = x * cy - z * sy;
    const z1 = x * sy + z * cy;
    const y2 = y * cp + z1 * sp;
    const z2 = z1 * cp - y * sp;
    return [x1 * cr - y2 * sr, x1 * sr + y2 * cr, z2];
  };
}

function sinCos(degrees: number): [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}

function paintTriangle(
  canvas: RgbImage,
  texture: RgbImage,
  nodes: Nodes,
  corners: readonly [number, number, number],
): void {
  const plane = planeOf(nodes, corners);
  if (!plane) return;
  const { ys } = plane;
  const top = Math.max(0, Math.ceil(Math.min(...ys) - 0.5));
  const bottom = Math.min(canvas.height - 1, Math.floor(Math.max(...ys) - 0.5));
  for (let y = top; y <= bottom; y++) paintRow(canvas, texture, plane, y);
}

/** `value + x · dx + y · dy` */
interface Linear {
  readonly value: number;
  readonly dx: number;
  readonly dy: number;
}

interface Plane {
  readonly ys: readonly [number, number, number];
  /** Barycentric weights: inside, none is negative. */
  readonly weights: readonly [Linear, Linear, Linear];
  /** Place in the texture. */
  readonly sx: Linear;
  readonly sy: Linear;
}

/** Everything is linear across a triangle; undefined for one that shows its back: the rest of the surface hides it. */
function planeOf(
  { from, to }: Nodes,
  [a, b, c]: readonly [number, number, number],
): Plane | undefined {
  const ax = to[a * 2] as number;
  const ay = to[a * 2 + 1] as number;
  const bx = to[b * 2] as number;
  const by = to[b * 2 + 1] as number;
  const cx = to[c * 2] as number;
  const cy = to[c * 2 + 1] as number;
  const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
  if (!(area > 1e-6)) return undefined;
  const v = through(ax, ay, (cy - ay) / area, (ax - cx) / area);
  const w = through(ax, ay, (ay - by) / area, (bx - ax) / area);
  const u = { value: 1 - v.value - w.value, dx: -v.dx - w.dx, dy: -v.dy - w.dy };
  const mix = (axis: number): Linear => {
    const at = from[a * 2 + axis] as number;
    const alongV = (from[b * 2 + axis] as number) - at;
    const alongW = (from[c * 2 + axis] as number) - at;
    return {
      value: at - 0.5 + v.value * alongV + w.value * alongW,
      dx: v.dx * alongV + w.dx * alongW,
      dy: v.dy * alongV + w.dy * alongW,
    };
  };
  return { ys: [ay, by, cy], weights: [u, v, w], sx: mix(0), sy: mix(1) };
}

/** Zero at (`x`, `y`). */
function through(x: number, y: number, dx: number, dy: number): Linear {
  return { value: -x * dx - y * dy, dx, dy };
}

/** Neighbouring triangles overlap by a hair, so that no pixel falls between them. */
const SEAM = 1e-4;

function paintRow(canvas: RgbImage, texture: RgbImage, plane: Plane, y: number): void {
  const py = y + 0.5;
  let from = 0;
  let to = canvas.width;
  for (const { value, dx, dy } of plane.weights) {
    const rest = value + dy * py + SEAM;
    if (dx > 0) from = Math.max(from, -rest / dx);
    else if (dx < 0) to = Math.min(to, -rest / dx);
    else if (rest < 0) return;
  }
  const { sx, sy } = plane;
  const last = Math.min(canvas.width - 1, Math.floor(to - 0.5));
  for (let x = Math.ceil(from - 0.5); x <= last; x++) {
    const px = x + 0.5;
    const u = sx.value + sx.dx * px + sx.dy * py;
    const v = sy.value + sy.dx * px + sy.dy * py;
    copyBilinear(texture, u, v, canvas.data, (y * canvas.width + x) * 3);
  }
}

export function copyBilinear(
  { data, width, height }: RgbImage,
  x: number,
  y: number,
  out: Uint8Array,
  o: number,
): void {
  const cx = Math.min(Math.max(x, 0), width - 1.001);
  const cy = Math.min(Math.max(y, 0), height - 1.001);
  const x0 = Math.floor(cx);
  const y0 = Math.floor(cy);
  const fx = cx - x0;
  const fy = cy - y0;
  const i = (y0 * width + x0) * 3;
  const j = i + width * 3;
  for (let c = 0; c < 3; c++) {
    const top = (data[i + c] as number) * (1 - fx) + (data[i + c + 3] as number) * fx;
    const low = (data[j + c] as number) * (1 - fx) + (data[j + c + 3] as number) * fx;
    out[o + c] = top + (low - top) * fy + 0.5;
  }
}
