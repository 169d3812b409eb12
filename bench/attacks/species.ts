import type { RgbImage } from '../../src/core/image.ts';
import { type ChallengeScript, createChallenge } from '../../src/features/liveness/index.ts';
import {
  addBezel,
  addGlasses,
  addMoire,
  blurred,
  copyImage,
  makeMoire,
  makeNoise,
  openEyes,
  shade,
  swapFace,
  tone,
} from './effects.ts';
import { headSurface, sheetSurface } from './heads.ts';
import { between, performer, type Rng, sheetReach } from './perform.ts';
import type { LiveClip, LiveFrame } from './sources.ts';
import { FPS, SIDE } from './sources.ts';
import { paintSurface, type Stance, type Surface } from './surface.ts';

/** One recording to make: everything that varies comes out of `rng`. */
export interface Scene {
  readonly script: ChallengeScript;
  readonly clip: LiveClip;
  readonly photo: LiveFrame;
  readonly rng: Rng;
}

export interface Film {
  /** The picture at a time of the recording. */
  frameAt(timeMs: number): RgbImage;
  readonly camera?: Camera;
}

export interface Camera {
  readonly fps?: number;
  /** Deviation of the time between frames; a feed that is made by a program has none. */
  readonly jitterMs?: number;
  /** Share of frames that get lost. */
  readonly lost?: number;
  /** Each frame is sent that often. */
  readonly repeats?: number;
  readonly side?: number;
  /** 0 best … 63. */
  readonly quality?: number;
  readonly label?: string;
  /** Size that it says its pictures have. */
  readonly said?: { readonly width: number; readonly height: number };
}

export type Recipe = (scene: Scene) => Film;

const FOCAL = SIDE * 1.15;

/** A real recording, its head turned in space as the performer says: textures, blinks and looks are real. */
export function live(
  clip: LiveClip,
  stanceAt: (timeMs: number) => Stance,
  rng: Rng,
  change: (frame: RgbImage, points: Float32Array) => void = () => undefined,
): (timeMs: number, clipMs?: number) => RgbImage {
  const start = Math.floor(rng() * clip.frames.length);
  // The clip goes to and fro: each of its frames is prepared once.
  const prepared = new Map<LiveFrame, { texture: RgbImage; surface: Surface }>();
  const prepare = (frame: LiveFrame) => {
    const known = prepared.get(frame);
    if (known) return known;
    const texture = copyImage(frame.image);
    change(texture, frame.points);
    const made = { texture, surface: headSurface(frame.points, frame.image) };
    prepared.set(frame, made);
    return made;
  };
  return (timeMs, clipMs = timeMs) => {
    const { texture, surface } = prepare(clipFrame(clip, start, clipMs));
    const canvas = copyImage(texture);
    paintSurface(canvas, texture, surface, stanceAt(timeMs), FOCAL);
    return canvas;
  };
}

/** Forwards and backwards through the clip, so that it never jumps. */
function clipFrame({ frames }: LiveClip, start: number, timeMs: number): LiveFrame {
  const last = frames.length - 1;
  const position = (start + Math.round((timeMs / 1_000) * FPS)) % (2 * last);
  return frames[position > last ? 2 * last - position : position] as LiveFrame;
}

/** A flat or bent thing that shows `picture`, moved by a hand that tries to answer. */
function sheet(
  { script, clip, rng }: Scene,
  bend: number,
  picture: (timeMs: number) => RgbImage,
  reach = sheetReach,
): (timeMs: number) => RgbImage {
  const stanceAt = performer(script, rng, reach);
  const room = blurred((clip.frames[0] as LiveFrame).image);
  tone(room, { gain: 0.7 });
  const scale = between(rng, 0.82, 1.08);
  const noise = makeNoise(rng);
  const region = { x: 0, y: 0, width: SIDE, height: SIDE };
  const surface = sheetSurface(region, bend);
  return (timeMs) => {
    const canvas = squared(room);
    const stance = stanceAt(timeMs);
    const placed = { ...stance, nearness: stance.nearness * scale };
    paintSurface(canvas, picture(timeMs), surface, placed, FOCAL);
    noise(canvas, 3);
    return canvas;
  };
}

function squared({ data, width, height }: RgbImage): RgbImage {
  if (width === SIDE && height === SIDE) return { data: Uint8Array.from(data), width, height };
  const square = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const from = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 3;
      square.set(data.subarray(from, from + 3), (y * SIDE + x) * 3);
    }
  }
  return { data: square, width: SIDE, height: SIDE };
}

/** Ink on paper: less contrast, less colour, paper's own tint. */
function printed({ image }: LiveFrame, rng: Rng): RgbImage {
  const print = copyImage(image);
  tone(print, {
    gain: between(rng, 0.85, 1),
    gamma: between(rng, 0.8, 1.05),
    saturation: between(rng, 0.65, 0.9),
    tint: [between(rng, 0, 14), between(rng, 0, 10), between(rng, -8, 6)],
  });
  return print;
}

function onScreen(image: RgbImage, rng: Rng) {
  const moire = makeMoire(rng);
  const gamma = between(rng, 0.75, 1.25);
  const bezel = Math.round(between(rng, 6, 18));
  return (timeMs: number, picture: RgbImage = image): RgbImage => {
    const shown = copyImage(picture);
    tone(shown, { gamma, tint: [-4, 0, 10] });
    addMoire(shown, moire, timeMs / 300);
    addBezel(shown, bezel);
    return shown;
  };
}

/** A screen on a stand that shows somebody who answers `script`. */
function filmedScreen(scene: Scene, script: ChallengeScript): Film {
  const { rng, clip } = scene;
  const show = live(clip, performer(script, rng), rng);
  const screen = onScreen(scene.photo.image, rng);
  const lazy = { turn: [0, 3], nod: [0, 3], nearness: [1, 1.02] } as const;
  return { frameAt: sheet(scene, 0, (timeMs) => screen(timeMs, squared(show(timeMs))), lazy) };
}

/** Another challenge than the one at hand. */
function otherScript(rng: Rng): ChallengeScript {
  return createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);
}

/** A recording of the right movements at other times, cut and put together again to fit. */
function recut({ script, clip, rng }: Scene): Film {
  const kinds = ['turn_left', 'turn_right', 'nod', 'come_closer'] as const;
  let startMs = 1_000;
  const steps = kinds.map((movement) => {
    const step = { movement, startMs, endMs: startMs + between(rng, 1_500, 2_300) };
    startMs = step.endMs;
    return step;
  });
  const recorded = { ...script, steps };
  const show = live(clip, performer(recorded, rng), rng);
  const noise = makeNoise(rng);
  return {
    frameAt(timeMs) {
      const wanted = script.steps.find((step) => timeMs >= step.startMs && timeMs < step.endMs);
      const part = steps.find(({ movement }) => movement === wanted?.movement);
      const at =
        wanted && part
          ? Math.min(part.endMs - 80, part.startMs + timeMs - wanted.startMs)
          : Math.min(timeMs, 900);
      const frame = show(at);
      noise(frame, 2);
      return frame;
    },
  };
}

function noisy(show: (timeMs: number) => RgbImage, rng: Rng, deviation = 2): Film['frameAt'] {
  const noise = makeNoise(rng);
  return (timeMs) => {
    const frame = show(timeMs);
    noise(frame, deviation);
    return frame;
  };
}

function honest(scene: Scene, change?: (frame: RgbImage, points: Float32Array) => void) {
  const { clip, script, rng } = scene;
  return live(clip, performer(script, rng), rng, change);
}

function still(frame: LiveFrame): LiveClip {
  return { identity: '', frames: [frame, frame] };
}

export const attackSpecies: Readonly<Record<string, Recipe>> = {
  print_flat: (scene) => {
    const print = printed(scene.photo, scene.rng);
    return { frameAt: sheet(scene, 0, () => print) };
  },
  print_bent: (scene) => {
    const print = printed(scene.photo, scene.rng);
    return { frameAt: sheet(scene, between(scene.rng, 0.06, 0.2), () => print) };
  },
  mask_cutout: (scene) => {
    const print = printed(scene.photo, scene.rng);
    const picture = (timeMs: number) => {
      const mask = copyImage(print);
      const eyes = clipFrame(scene.clip, 0, timeMs);
      openEyes(mask, scene.photo.points, eyes.image, eyes.points);
      return mask;
    };
    return { frameAt: sheet(scene, between(scene.rng, 0.05, 0.16), picture) };
  },
  screen_still: (scene) => {
    const screen = onScreen(scene.photo.image, scene.rng);
    return { frameAt: sheet(scene, 0, (timeMs) => screen(timeMs)) };
  },
  screen_replay: (scene) => filmedScreen(scene, otherScript(scene.rng)),
  screen_live: (scene) => filmedScreen(scene, scene.script),
  replay_other: ({ clip, rng }) => ({
    frameAt: noisy(live(clip, performer(otherScript(rng), rng), rng), rng),
  }),
  recut_to_fit: (scene) => recut(scene),
  still_animated: ({ photo, script, rng }) => ({
    frameAt: noisy(live(still(photo), performer(script, rng), rng), rng),
  }),
  face_swap: (scene) => {
    const { photo, rng } = scene;
    const swap = (frame: RgbImage, points: Float32Array) =>
      swapFace(frame, points, photo.image, photo.points);
    return { frameAt: noisy(honest(scene, swap), rng) };
  },
  virtual_camera: ({ clip, rng }) => ({
    frameAt: noisy(live(clip, performer(otherScript(rng), rng), rng), rng),
    camera: {
      jitterMs: 0,
      repeats: 2,
      ...(rng() < 0.5
        ? { label: 'OBS Virtual Camera' }
        : { label: 'HD Webcam', said: { width: 1280, height: 720 } }),
    },
  }),
  no_answer: ({ clip, rng }) => {
    const still = { steps: [], flashes: [], id: '', durationMs: 0 };
    return { frameAt: noisy(live(clip, performer(still, rng), rng), rng) };
  },
};

export const bonaFideVariants: Readonly<Record<string, Recipe>> = {
  plain: (scene) => ({ frameAt: noisy(honest(scene), scene.rng) }),
  light: (scene) => {
    const [angle, strength] = [scene.rng() * 6.28, between(scene.rng, 0.25, 0.5)];
    const gain = between(scene.rng, 0.5, 0.8);
    const show = honest(scene);
    const lit = (timeMs: number) => {
      const frame = show(timeMs);
      tone(frame, { gain, tint: [6, 0, -8] });
      shade(frame, angle, strength);
      return frame;
    };
    return { frameAt: noisy(lit, scene.rng, 4) };
  },
  glasses: (scene) => ({ frameAt: noisy(honest(scene, addGlasses), scene.rng) }),
  low_resolution: (scene) => ({
    frameAt: noisy(honest(scene), scene.rng),
    camera: { side: 240 },
  }),
  dropped_frames: (scene) => ({
    frameAt: noisy(honest(scene), scene.rng),
    camera: { lost: 0.2 },
  }),
  ten_fps: (scene) => ({
    frameAt: noisy(honest(scene), scene.rng),
    camera: { fps: 10 },
  }),
  compressed: (scene) => ({
    frameAt: noisy(honest(scene), scene.rng),
    camera: { quality: 52 },
  }),
};
