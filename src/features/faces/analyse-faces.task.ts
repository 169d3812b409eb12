import type { Box, RgbImage } from '../../core/image.ts';
import type { InferenceSession } from '../../core/model.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import { createPyramid, type Pyramid } from '../../vision/image/pyramid.ts';
import { rotateQuarters } from '../../vision/image/warp.ts';
import { containment, suppress } from '../../vision/tasks/boxes.ts';
import {
  type DetectionReach,
  detectFaces,
  type FaceDetection,
} from '../../vision/tasks/detect-faces.ts';
import { embedFace } from '../../vision/tasks/embed-face.ts';
import { estimateAge } from '../../vision/tasks/estimate-age.ts';
import { nameLandmarks } from '../../vision/tasks/face-landmarks.ts';
import { assessFace } from '../../vision/tasks/face-quality.ts';
import { type FaceMesh, glimpseFace, meshFace, refineMesh } from '../../vision/tasks/mesh-face.ts';
import { estimatePose } from '../../vision/tasks/pose.ts';
import { type AnalysedFace, type FaceAnalysis, MAX_FACES, MIN_FACE_WIDTH } from './face.ts';
import { type Quarters, turnFaceBack } from './turn-face.ts';

/** A JPEG, PNG, WebP or AVIF file, or pixels: frames of a video need no second decoding. */
export type PictureInput = { readonly bytes: Uint8Array } | { readonly image: RgbImage };

export type AnalyseFacesInput = PictureInput & AnalyseFacesOptions;

type Scope = 'glance' | 'largest' | 'all';

/** Each search is harder than the one before, and done only when that showed no face. */
const searches: Readonly<Record<Scope, readonly DetectionReach[]>> = {
  glance: ['whole'],
  largest: ['whole', 'everywhere', 'room'],
  all: ['everywhere', 'room'],
};

export interface AnalyseFacesOptions {
  /** What refusals call it: `source`, `selfie`, … */
  readonly name: string;
  /**
   * `largest` (default) looks once at the whole picture, at finer scales only when that shows no face, and
   * describes the main face and one bystander. `glance` looks no harder than once: for frames of a video, of which
   * there are more. `all` looks for every face from 30 pixels.
   */
  readonly scope?: Scope;
  /**
   * Which face comes first: the `largest` (default), or the `main` one, where size counts less towards the edges
   * of the picture: labelled photographs show their person in the middle, a passer-by may be nearer.
   */
  readonly first?: 'largest' | 'main';
  /** Which faces to embed: none (default), the first, or all. */
  readonly embed?: 'none' | 'first' | 'all';
  readonly age?: boolean;
  readonly mesh?: boolean;
  /** For photographs of documents, which lie as they lie: without a face the picture is turned by quarters. */
  readonly anyTurn?: boolean;
  /** Least side of the picture in pixels, 80 unless said otherwise: face databases hold smaller crops. */
  readonly minSide?: number;
}

/** Widths are measured to about a pixel in fifteen: a face of 30 pixels must not be lost to that. */
const WIDTH_TOLERANCE = 0.93;

/** Degrees: more than this is nearer to lying on its side. */
const mostRoll = 50;
/** Confidences of detector and mesh together from which a turn is not questioned. */
const clearlyUpright = 0.8;

/** The probability above which the mesh says that its crop is a face. */
const FACE_FLAG = 0.5;

/** One picture to all that can be said about its faces. A picture without a face is an answer, not an error. */
export const analyseFaces: Task<AnalyseFacesInput, FaceAnalysis> = {
  name: 'analyse-faces',
  timeoutMs: 30_000,
  async run(ports, input) {
    const clock = startClock();
    const image = await readPicture(ports, input);
    clock.lap('decodeMs');
    const models = await loadModels(ports, input);
    const { pyramid, located, turned } = await locateInAnyTurn(image, models, input, clock.lap);
    const faces: AnalysedFace[] = [];
    for (const [index, face] of located.faces.entries()) {
      const described = await describe(pyramid, face, index, models, input, clock.lap);
      faces.push(turnFaceBack(described, turned, image));
    }
    return {
      image: { width: image.width, height: image.height },
      faces,
      ...(turned !== 0 && { turned }),
      ...(located.widestTooSmall && { widestTooSmall: located.widestTooSmall }),
      models: [models.detector, models.mesher, ...models.embedders, ...models.ageModels].map(
        ({ model }) => model,
      ),
      timings: clock.stop(),
    };
  },
};

async function readPicture(ports: TaskPorts, input: AnalyseFacesInput): Promise<RgbImage> {
  if ('image' in input) return input.image;
  const limits = input.minSide === undefined ? undefined : { minSide: input.minSide };
  return ports.decodeImage(input.bytes, input.name, limits);
}

interface Models {
  readonly detector: InferenceSession;
  readonly mesher: InferenceSession;
  readonly embedders: readonly InferenceSession[];
  readonly ageModels: readonly InferenceSession[];
}

async function loadModels(ports: TaskPorts, { embed, age }: AnalyseFacesInput): Promise<Models> {
  const [detector] = await ports.models('face-detection');
  const [mesher] = await ports.models('face-mesh');
  const wantsEmbedding = embed !== undefined && embed !== 'none';
  return {
    detector: detector as InferenceSession,
    mesher: mesher as InferenceSession,
    embedders: wantsEmbedding ? await ports.models('face-embedding') : [],
    ageModels: age ? (await ports.models('face-age')).slice(0, 1) : [],
  };
}

interface LocatedFace {
  readonly detection: FaceDetection;
  readonly mesh: FaceMesh;
  readonly box: FaceMesh['box'];
}

interface LocatedFaces {
  readonly faces: readonly LocatedFace[];
  readonly widestTooSmall: number;
}

type Lap = ReturnType<typeof startClock>['lap'];

interface Search {
  readonly pyramid: Pyramid;
  readonly located: LocatedFaces;
  readonly turned: Quarters;
}

/**
 * The turn in which a face is clearest; as the picture lies is all there is unless `anyTurn`. On its head a face is
 * taken for another one now and then, with a confidence of the detector of up to 0.75.
 */
async function locateInAnyTurn(
  image: RgbImage,
  models: Models,
  options: AnalyseFacesOptions,
  lap: Lap,
): Promise<Search> {
  const searches: (Search & { clarity: number })[] = [];
  for (const turned of options.anyTurn ? ([0, 1, 3, 2] as const) : ([0] as const)) {
    const pyramid = createPyramid(turned === 0 ? image : rotateQuarters(image, turned));
    const located = await locateFaces(pyramid, models, options, lap);
    const [face] = located.faces;
    const clarity = face ? face.detection.confidence * face.mesh.confidence : 0;
    searches.push({ pyramid, turned, located, clarity });
    const isUpright = face && Math.abs(estimatePose(face.mesh.points).roll) < mostRoll;
    if (isUpright && clarity >= clearlyUpright) break;
  }
  return searches.reduce((best, next) => (next.clarity > best.clarity ? next : best));
}

/** Detector, then mesh as gate; what looked like the only face may be none, so each search ends in a harder one. */
async function locateFaces(
  pyramid: Pyramid,
  models: Models,
  { scope = 'largest', first = 'largest' }: AnalyseFacesOptions,
  lap: Lap,
): Promise<LocatedFaces> {
  const weigh = first === 'main' ? centrality(pyramid.image) : () => 1;
  let widestTooSmall = 0;
  for (const reach of searches[scope]) {
    const detections = await detectFaces(models.detector, pyramid, reach);
    lap('detectMs');
    const meshed: LocatedFace[] = [];
    const look = scope === 'all' ? meshFace : glimpseFace;
    for (const detection of detections.slice(0, MAX_FACES * 2)) {
      const mesh = await look(models.mesher, pyramid, detection);
      if (mesh.confidence >= FACE_FLAG) meshed.push({ detection, mesh, box: mesh.box });
    }
    const located = selectFaces(meshed, weigh);
    const faces =
      scope === 'all' ? located.faces : await lookCloser(models.mesher, pyramid, located.faces);
    lap('meshMs');
    if (faces.length > 0) return { ...located, faces };
    widestTooSmall = Math.max(widestTooSmall, located.widestTooSmall);
  }
  return { faces: [], widestTooSmall };
}

/** Whom one face is looked for: that one, in full, and the largest bystander as he was first seen. */
async function lookCloser(
  mesher: InferenceSession,
  pyramid: Pyramid,
  candidates: readonly LocatedFace[],
): Promise<LocatedFace[]> {
  for (const [index, { detection, mesh: first }] of candidates.entries()) {
    const mesh = await refineMesh(mesher, pyramid, detection, first);
    if (mesh.confidence < FACE_FLAG) continue;
    return [{ detection, mesh, box: mesh.box }, ...candidates.slice(index + 1, index + 2)];
  }
  return [];
}

/** Tiles may show one face twice, or a part of it as a smaller one: their meshes cover each other. */
function selectFaces(meshed: readonly LocatedFace[], weigh: (box: Box) => number): LocatedFaces {
  const distinct = suppress(meshed, 0.5, ({ detection }) => detection.confidence, containment);
  const width = ({ box, detection }: LocatedFace) => Math.max(box.width, detection.box.width);
  const prominence = (box: Box) => box.width * box.height * weigh(box);
  const least = MIN_FACE_WIDTH * WIDTH_TOLERANCE;
  const tooSmall = distinct.filter((face) => width(face) < least).map(width);
  const faces = distinct
    .filter((face) => width(face) >= least)
    .sort((a, b) => prominence(b.box) - prominence(a.box))
    .slice(0, MAX_FACES);
  return { faces, widestTooSmall: Math.max(0, ...tooSmall) };
}

/** 1 in the middle of the picture, falling to 0 in its corners. */
function centrality({ width, height }: RgbImage): (box: Box) => number {
  return (box) => {
    const dx = box.x + box.width / 2 - width / 2;
    const dy = box.y + box.height / 2 - height / 2;
    return Math.max(0, 1 - Math.hypot(dx, dy) / (Math.hypot(width, height) / 2)) ** 2;
  };
}

async function describe(
  pyramid: Pyramid,
  { detection, mesh, box }: LocatedFace,
  index: number,
  { embedders, ageModels }: Models,
  input: AnalyseFacesInput,
  lap: Lap,
): Promise<AnalysedFace> {
  const geometry = { detection: detection.box, points: mesh.points };
  const pose = estimatePose(mesh.points);
  const quality = assessFace(pyramid, mesh.points, pose);
  lap('meshMs');
  const isWanted = embedders.length > 0 && (input.embed === 'all' || index === 0);
  const embedding = isWanted ? await embedFace(embedders, pyramid, geometry) : undefined;
  lap('embedMs');
  const [ageModel] = ageModels;
  const age = ageModel && (await estimateAge(ageModel, pyramid, geometry));
  lap('ageMs');
  return {
    box,
    detection: detection.box,
    confidence: mesh.confidence * 100,
    landmarks: nameLandmarks(mesh.points),
    pose,
    quality,
    ...(age && { age }),
    ...(input.mesh && { mesh: mesh.points }),
    ...(embedding && { embedding }),
  };
}

function startClock() {
  const spent = { decodeMs: 0, detectMs: 0, meshMs: 0, embedMs: 0, ageMs: 0 };
  const cpu = process.cpuUsage();
  let last = performance.now();
  return {
    /** Books the time since the last call to a step. */
    lap(step: keyof typeof spent) {
      const now = performance.now();
      spent[step] += now - last;
      last = now;
    },
    stop() {
      const { user, system } = process.cpuUsage(cpu);
      return { ...spent, cpuMs: (user + system) / 1000 };
    },
  };
}
