import { performer } from '../../bench/attacks/perform.ts';
import type { ChallengeScript, Track, TrackFrame } from '../../src/features/liveness/index.ts';
import { placesOnCloseUp } from '../../src/vision/tasks/frame-facts.ts';
import { seeded } from './seeded.ts';

/** Places of mesh points on a drawn head, in units of the face's half width: x right, y down, z towards the back. */
const HEAD: Readonly<Record<number, readonly [number, number, number]>> = {
  33: [-0.62, -0.3, 0.2],
  160: [-0.52, -0.36, 0.16],
  158: [-0.38, -0.36, 0.14],
  133: [-0.26, -0.29, 0.16],
  153: [-0.38, -0.24, 0.15],
  144: [-0.52, -0.24, 0.17],
  362: [0.26, -0.29, 0.16],
  385: [0.38, -0.36, 0.14],
  387: [0.52, -0.36, 0.16],
  263: [0.62, -0.3, 0.2],
  373: [0.52, -0.24, 0.17],
  380: [0.38, -0.24, 0.15],
  168: [0, -0.36, -0.05],
  6: [0, -0.26, -0.1],
  195: [0, -0.08, -0.24],
  5: [0, 0.02, -0.32],
  4: [0, 0.1, -0.38],
  1: [0, 0.16, -0.36],
  2: [0, 0.26, -0.2],
  98: [-0.2, 0.2, -0.1],
  327: [0.2, 0.2, -0.1],
  61: [-0.34, 0.52, 0.02],
  291: [0.34, 0.52, 0.02],
  0: [0, 0.42, -0.18],
  17: [0, 0.66, -0.12],
  70: [-0.74, -0.52, 0.2],
  105: [-0.5, -0.6, 0.06],
  334: [0.5, -0.6, 0.06],
  300: [0.74, -0.52, 0.2],
  50: [-0.56, 0.08, 0.1],
  280: [0.56, 0.08, 0.1],
  205: [-0.5, 0.26, 0.08],
  425: [0.5, 0.26, 0.08],
  234: [-1, -0.1, 0.9],
  454: [1, -0.1, 0.9],
  127: [-0.96, -0.36, 0.8],
  356: [0.96, -0.36, 0.8],
  172: [-0.76, 0.66, 0.6],
  397: [0.76, 0.66, 0.6],
  152: [0, 1.06, 0.04],
  10: [0, -1.05, 0.1],
};

export interface DrawnTrack {
  readonly script: ChallengeScript;
  readonly seed?: number;
  readonly fps?: number;
  /** 0 is a picture that never changes; 1 a living face. */
  readonly life?: number;
  /** 1 is a head, 0 a plane with the same apparent pose. */
  readonly depth?: number;
  /** Answers another script than it is judged by. */
  readonly performs?: ChallengeScript;
}

/** A recording that never was: a drawn head that answers its script, as facts. */
export function drawTrack({
  script,
  seed = 1,
  fps = 10,
  life = 1,
  depth = 1,
  performs = script,
}: DrawnTrack): Track {
  const rng = seeded(seed);
  const stanceAt = performer(performs, rng);
  const base = Uint8Array.from({ length: 64 * 64 }, () => 60 + rng() * 140);
  const frames: TrackFrame[] = [];
  for (let i = 0; (i * 1_000) / fps <= script.durationMs + 200; i++) {
    const timeMs = (i * 1_000) / fps + (i > 0 ? rng() * 8 : 0);
    const { yaw, pitch, nearness } = stanceAt(timeMs);
    const points = project(yaw * 0.75, pitch * 0.75, nearness * 80, depth);
    const noise = 12 * life;
    frames.push({
      timeMs,
      thumb: Uint8Array.from({ length: 32 * 32 }, () => 100 + rng() * 3),
      face: {
        points,
        pose: { yaw: yaw * 0.75, pitch: pitch * 0.75, roll: 0 },
        flag: 1,
        skin: [150, 120, 100],
        background: [90, 90, 90],
        chip: base.map((value) => value + (rng() - 0.5) * noise),
        // A few are enough, and every pair of them is compared.
        closeUp: i % 8 === 0 ? drawCloseUp(i, life, rng) : new Uint8Array(),
        places: placesOnCloseUp(points),
      },
    });
  }
  return trackOf(frames);
}

/** Waves, as eyes and a nose have edges; who lives looks elsewhere every third second. */
function drawCloseUp(i: number, life: number, rng: () => number): Uint8Array {
  const isElsewhere = life > 0.5 && i % 30 > 20;
  return Uint8Array.from({ length: 96 * 64 }, (_, at) => {
    const [x, y] = [at % 96, Math.floor(at / 96)];
    const wave = isElsewhere ? Math.sin(x / 2 + y / 5) : Math.sin(x / 3 - y / 2.5);
    return 120 + 50 * wave + rng() * 6;
  });
}

export function trackOf(frames: readonly TrackFrame[], rest: Partial<Track> = {}): Track {
  const timesMs = frames.map(({ timeMs }) => timeMs);
  return {
    frames,
    timesMs,
    video: {
      width: 640,
      height: 480,
      durationMs: timesMs.at(-1) ?? 0,
      damagedFrames: 0,
      keyFrames: [0],
      writtenBy: {},
    },
    looks: [{ timeMs: 500, raster: 8, frame: 0.45 }],
    identities: [embedding(0), embedding(0.05), embedding(0.02)],
    mostFaces: 1,
    models: [],
    timings: { cpuMs: 0, wallMs: 0 },
    ...rest,
  };
}

/** A face as a direction in the plane. */
export function embedding(angle: number) {
  const model = { name: 'dlib-drawn', version: '1', sha256: 'a'.repeat(64) };
  return [{ model, vector: new Float32Array([Math.cos(angle), Math.sin(angle)]) }];
}

function project(yaw: number, pitch: number, scale: number, depth: number): Float32Array {
  const points = new Float32Array(468 * 3);
  const [sy, cy] = [Math.sin((yaw * Math.PI) / 180), Math.cos((yaw * Math.PI) / 180)];
  const [sp, cp] = [Math.sin((pitch * Math.PI) / 180), Math.cos((pitch * Math.PI) / 180)];
  for (const [index, [x, y, z]] of Object.entries(HEAD)) {
    const relief = z * depth;
    const x1 = x * cy - relief * sy;
    const z1 = x * sy + relief * cy;
    const at = Number(index) * 3;
    points[at] = 320 + x1 * scale;
    points[at + 1] = 240 + (y * cp + z1 * sp) * scale;
    points[at + 2] = (z1 * cp - y * sp) * scale;
  }
  return points;
}
