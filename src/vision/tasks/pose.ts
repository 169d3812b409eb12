/** Which way the head points, in degrees, each −180…180; yaw and pitch as if the roll were undone. */
export interface Pose {
  /** Positive when the nose points to the right edge of the picture. */
  readonly yaw: number;
  /** Positive when the face looks up. */
  readonly pitch: number;
  /** Positive when the head is turned clockwise in the picture. */
  readonly roll: number;
}

/** Mesh points that mirror each other, left in the picture first: temples, cheeks, eyes, jaw. */
const MIRRORED = [
  [127, 356],
  [234, 454],
  [93, 323],
  [33, 263],
  [133, 362],
  [132, 361],
  [58, 288],
] as const;
const FOREHEAD = 10;
const CHIN = 152;
/**
 * What the line from forehead to chin gives on a face that looks straight ahead: the median of 62 ordinary
 * photographs (portraits, news, selfies).
 */
const LEAN_DEGREES = -6;

type Vector = readonly [number, number, number];

/** From the 468 points of `meshFace`. Good to some degrees: no camera model, so a near face looks turned off-centre. */
export function estimatePose(points: Float32Array): Pose {
  const at = (i: number): Vector => [
    points[i * 3] as number,
    points[i * 3 + 1] as number,
    points[i * 3 + 2] as number,
  ];
  let across: Vector = [0, 0, 0];
  for (const [left, right] of MIRRORED) across = add(across, subtract(at(right), at(left)));
  const right = unit(across);
  const line = subtract(at(CHIN), at(FOREHEAD));
  const down = unit(subtract(line, times(right, dot(line, right))));
  // Into the head, away from the viewer when the face is frontal (image axes: x right, y down, z away).
  const back = cross(right, down);
  const roll = Math.atan2(right[1], right[0]);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const backUpright = [cos * back[0] + sin * back[1], cos * back[1] - sin * back[0]] as const;
  return {
    yaw: degrees(Math.atan2(-backUpright[0], back[2])),
    pitch: degrees(Math.asin(clamp(backUpright[1]))) - LEAN_DEGREES,
    roll: degrees(roll),
  };
}

function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function times(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function unit(a: Vector): Vector {
  const length = Math.hypot(...a) || 1;
  return times(a, 1 / length);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI;
}
