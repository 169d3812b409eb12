import type { Box, Point } from '../../core/image.ts';
import type { AnalysedFace } from './face.ts';

export type Quarters = 0 | 1 | 2 | 3;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A face of a picture that was turned clockwise by `quarters`, in the pixels of the picture as it was before; `size`
 * is its size then. Pose and quality stay those of the upright face.
 */
export function turnFaceBack(face: AnalysedFace, quarters: Quarters, size: Size): AnalysedFace {
  if (quarters === 0) return face;
  const back = (point: Point) => turnPointBack(point, quarters, size);
  return {
    ...face,
    box: turnBoxBack(face.box, back),
    detection: turnBoxBack(face.detection, back),
    landmarks: face.landmarks.map((landmark) => ({ ...landmark, ...back(landmark) })),
    ...(face.mesh && { mesh: turnMeshBack(face.mesh, back) }),
  };
}

function turnPointBack({ x, y }: Point, quarters: Quarters, { width, height }: Size): Point {
  if (quarters === 1) return { x: y, y: height - x };
  if (quarters === 2) return { x: width - x, y: height - y };
  return { x: width - y, y: x };
}

function turnBoxBack({ x, y, width, height }: Box, back: (point: Point) => Point): Box {
  const [a, b] = [back({ x, y }), back({ x: x + width, y: y + height })];
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: Math.abs(a.x - b.x),
    height: Math.abs(a.y - b.y),
  };
}

/** Depth is none of the picture's plane. */
function turnMeshBack(mesh: Float32Array, back: (point: Point) => Point): Float32Array {
  const out = mesh.slice();
  for (let i = 0; i < mesh.length; i += 3) {
    const { x, y } = back({ x: mesh[i] as number, y: mesh[i + 1] as number });
    out[i] = x;
    out[i + 1] = y;
  }
  return out;
}
