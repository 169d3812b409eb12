import type { Barcode } from '../../core/barcode.ts';
import type { Point, RgbImage } from '../../core/image.ts';
import type { InferenceSession, ModelRef } from '../../core/model.ts';
import type { Task, TaskPorts } from '../../core/task.ts';
import { grayLevelsOf } from '../../vision/image/gray-levels.ts';
import { createPyramid, type Pyramid } from '../../vision/image/pyramid.ts';
import type { Quad } from '../../vision/image/transform.ts';
import { resize } from '../../vision/image/warp.ts';
import { detectFaces, type FaceDetection } from '../../vision/tasks/detect-faces.ts';
import { toZoneLines } from '../../vision/tasks/outline-from-zone.ts';
import { readAllBarcodes } from '../../vision/tasks/read-barcodes.ts';
import { type MrzZone, readMrzIn } from '../../vision/tasks/read-mrz.ts';
import { flattenDocument } from '../../vision/tasks/rectify-document.ts';
import { type ParsedAamva, parseAamva } from './aamva.ts';
import { type CaptureHint, hintsOf } from './capture-hints.ts';
import {
  chooseOutline,
  isFace,
  isOfPeople,
  locateOutlines,
  type Outline,
  quadOf,
  turnAround,
} from './find-outline.task.ts';
import { findPortraits, type Portraits } from './find-portraits.task.ts';
import { countDocuments, measureCapture } from './measure-capture.task.ts';
import type { IsoDate } from './mrz-dates.ts';
import { type DecodedMrz, decodeMrz } from './mrz-decode.ts';
import type { PictureInput } from './picture-input.ts';
import { readVisualZone, type VisualZone } from './read-visual-zone.task.ts';
import { hintsFrom, knownFrom } from './visual-known.ts';

export type ReadDocumentInput = PictureInput & {
  readonly name: string;
  readonly today: IsoDate;
  /** Which side was asked for; without it no side is wrong. */
  readonly side?: 'front' | 'back';
  /** Whether the portrait is cut out as a picture of its own. */
  readonly wantsPortrait?: boolean;
  /** Whether the flattened document comes back as a picture. */
  readonly wantsFlat?: boolean;
  /** Reads print by its labels alone, to measure what an unknown document would give. */
  readonly withoutTemplates?: boolean;
};

export interface DocumentReading {
  readonly image: { readonly width: number; readonly height: number };
  /** Outline in the picture, from the document's own top left clockwise. */
  readonly outline?: Outline;
  readonly mrz?: DecodedMrz & { readonly corners: Quad };
  readonly barcodes: readonly DocumentBarcode[];
  /** On the flattened document where there is an outline, otherwise on the picture. */
  readonly portrait?: Pick<Portraits, 'box' | 'confidence' | 'ghost' | 'jpeg'>;
  /** What is printed outside zone and barcodes; absent when no word was found. */
  readonly visual?: VisualZone;
  readonly hints: readonly CaptureHint[];
  /** JPEG of the flattened document, or of the picture where no outline was found; on request. */
  readonly flat?: Uint8Array;
  readonly models: readonly ModelRef[];
  /** Processor time without decoding. */
  readonly cpuMs: number;
}

export interface DocumentBarcode {
  readonly barcode: Barcode;
  /** What its corners refer to. */
  readonly on: 'picture' | 'flattened';
  readonly aamva?: ParsedAamva;
}

/** Longest side of the picture in which barcodes are looked for. */
const barcodeSide = 1600;
/** One picture of one side: outline, machine-readable zone, barcodes, portrait, and what is wrong with the capture. */
export const readDocument: Task<ReadDocumentInput, DocumentReading> = {
  name: 'read-document',
  timeoutMs: 30_000,
  async run(ports, input) {
    const image = await readPicture(ports, input);
    const cpu = process.cpuUsage();
    const [recogniser] = (await ports.models('mrz-glyphs')) as [InferenceSession];
    const pyramid = createPyramid(image);
    const { zones } = await readMrzIn(recogniser, grayLevelsOf(pyramid));
    const [mrz] = zones.flatMap((zone) => withCorners(zone, input.today));
    // A zone whose digits hold says where its document lies, and all that a barcode would say.
    const hasSoundZone = mrz !== undefined && mrz.failedChecks.length === 0;
    const located = locateOutlines(pyramid, toZoneLines(zones), hasSoundZone ? mrz : undefined);
    const faces = await detectFaces(await faceDetector(ports), pyramid, 'whole');
    const outline = chooseOutline(located, mrz, faces, image);
    const flat = outline && flattenDocument(pyramid, outline.corners, outline.size);
    const barcodes = hasSoundZone ? [] : await readBarcodes(ports, flat, pyramid);
    const portrait = await findPortraits(ports, flat ?? image, {
      name: input.name,
      isUpright: flat !== undefined && mrz !== undefined,
      isFlat: flat !== undefined,
      wantsJpeg: input.wantsPortrait ?? false,
    });
    const upright = outline && portrait?.isOnHead ? turnAround(outline) : outline;
    const visual = await readPrint(ports, pyramid, {
      outline: upright,
      mrz,
      faces,
      aamva: barcodes.find(({ aamva }) => aamva)?.aamva,
      today: input.today,
      withoutTemplates: input.withoutTemplates === true,
    });
    const seen = { outline, mrz, barcodes, portrait, visual, faces };
    const facts = {
      ...measureCapture(outline, flat, mrz?.corners, image),
      ...contentsOf(seen, input.side),
      documents: countDocuments(located),
    };
    const { user, system } = process.cpuUsage(cpu);
    return {
      image: { width: image.width, height: image.height },
      ...(upright && { outline: upright }),
      ...(mrz && { mrz }),
      barcodes,
      ...(portrait && { portrait: portraitOf(portrait) }),
      ...(visual && { visual }),
      ...(await encodeFlat(ports, input, pyramid, upright)),
      hints: hintsOf(facts),
      models: [recogniser.model, ...(portrait?.models ?? [])],
      cpuMs: (user + system) / 1000,
    };
  },
};

interface Seen {
  readonly outline: Outline | undefined;
  readonly mrz: Zone | undefined;
  readonly barcodes: readonly DocumentBarcode[];
  readonly portrait: Portraits | undefined;
  readonly visual: VisualZone | undefined;
  readonly faces: readonly FaceDetection[];
}

function contentsOf(
  { outline, mrz, barcodes, portrait, visual, faces }: Seen,
  wantedSide?: 'front' | 'back',
) {
  // In a room's pattern a field or two may be seen.
  const isRead = [mrz, barcodes[0], visual?.template, visual?.fields[2]].some(Boolean);
  const isSeen = [outline, portrait].some(Boolean);
  return {
    found: isRead || (isSeen && !isOfPeople(faces)),
    hasPortrait: portrait !== undefined,
    hasZoneOrBarcode: mrz !== undefined || barcodes.length > 0,
    ...(wantedSide && { wantedSide }),
  };
}

/** The picture itself where there is no outline; nothing unless it was asked for. */
async function encodeFlat(
  ports: TaskPorts,
  { wantsFlat }: ReadDocumentInput,
  picture: Pyramid,
  outline: Outline | undefined,
): Promise<Pick<DocumentReading, 'flat'>> {
  if (!wantsFlat) return {};
  const shown = outline
    ? flattenDocument(picture, outline.corners, outline.size)
    : picture.level(Math.max(0, Math.floor(Math.log2(picture.image.width / 800))));
  return { flat: await ports.encodeJpeg(shown, 85) };
}

async function readPicture(ports: TaskPorts, input: ReadDocumentInput): Promise<RgbImage> {
  return 'image' in input ? input.image : ports.decodeImage(input.bytes, input.name);
}

interface PrintFacts {
  readonly outline: Outline | undefined;
  readonly mrz: Zone | undefined;
  readonly faces: readonly FaceDetection[];
  readonly aamva: ParsedAamva | undefined;
  readonly today: IsoDate;
  readonly withoutTemplates: boolean;
}

function readPrint(
  ports: TaskPorts,
  picture: Pyramid,
  { outline, mrz, faces, aamva, today, withoutTemplates }: PrintFacts,
): Promise<VisualZone | undefined> {
  const portraits = faces.filter(isFace).map(({ box }) => quadOf(box));
  return readVisualZone(ports, {
    picture,
    outline,
    zone: mrz,
    masks: [...(mrz ? [mrz.corners] : []), ...portraits],
    today,
    ...(withoutTemplates && { templates: [] }),
    ...hintsFrom(mrz, aamva),
    known: knownFrom(mrz?.fields, aamva),
  });
}

type Zone = NonNullable<DocumentReading['mrz']>;

function withCorners(zone: MrzZone, today: IsoDate): Zone[] {
  const decoded = decodeMrz(zone, today);
  return decoded ? [{ ...decoded, corners: zone.corners }] : [];
}

/** In the picture, large ones made smaller: a module of a card's barcode still has two pixels. Then on the flattened card. */
async function readBarcodes(ports: TaskPorts, flat: RgbImage | undefined, pyramid: Pyramid) {
  const { width, height } = pyramid.image;
  const scale = Math.min(1, barcodeSide / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const view = scale < 1 ? resize(pyramid, size) : pyramid.image;
  const read = (image: RgbImage) => ports.readBarcodes(image);
  const inPicture = await readAllBarcodes(read, view, 1);
  if (inPicture.length === 0 && flat)
    return (await read(flat)).map((one) => explain(one, 'flattened'));
  return inPicture.map((barcode) =>
    explain({ ...barcode, corners: enlarge(barcode.corners, 1 / scale) }, 'picture'),
  );
}

function explain(barcode: Barcode, on: 'picture' | 'flattened'): DocumentBarcode {
  const aamva = parseAamva(barcode.text);
  return { barcode, on, ...(aamva && { aamva }) };
}

function enlarge(corners: Barcode['corners'], factor: number): Barcode['corners'] {
  const [a, b, c, d] = corners.map(({ x, y }) => ({ x: x * factor, y: y * factor })) as [
    Point,
    Point,
    Point,
    Point,
  ];
  return [a, b, c, d];
}

function portraitOf({ box, confidence, ghost, jpeg }: Portraits) {
  return { box, confidence, ...(ghost && { ghost }), ...(jpeg && { jpeg }) };
}

async function faceDetector(ports: TaskPorts): Promise<InferenceSession> {
  const [detector] = (await ports.models('face-detection')) as [InferenceSession];
  return detector;
}
