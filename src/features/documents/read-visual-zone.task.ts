import type { Box } from '../../core/image.ts';
import type { TaskPorts } from '../../core/task.ts';
import type { TextPicture, TextWord } from '../../core/text.ts';
import type { Pyramid } from '../../vision/image/pyramid.ts';
import type { Quad } from '../../vision/image/transform.ts';
import type { DocumentSize } from '../../vision/tasks/rectify-document.ts';
import {
  cutTextLine,
  cutTextView,
  type FoundZone,
  lineMargin,
  outlinesToRead,
  type TextView,
} from '../../vision/tasks/text-view.ts';
import {
  type AssignedFields,
  type AssignOptions,
  assignFields,
  grammarOf,
} from './assign-fields.ts';
import type { TemplateMatch } from './match-template.ts';
import type { IsoDate } from './mrz-dates.ts';
import type { DocumentTemplate } from './templates.ts';
import { fieldFrom, type VisualField, type VisualFieldName } from './visual-fields.ts';
import { plainText } from './visual-text.ts';

export interface VisualZone {
  /** The part of the picture that was read, from its own top left clockwise; fields lie on it. */
  readonly corners: Quad;
  readonly size: { readonly width: number; readonly height: number };
  readonly template?: {
    readonly id: string;
    readonly type: DocumentTemplate['type'];
    readonly issuingState: string;
    /** See `DocumentTemplate.number`. */
    readonly numberForm?: string;
    /** Share of its printed anchors that were found, 0 to 1. */
    readonly agreement: number;
  };
  readonly fields: readonly VisualFieldPlaced[];
  /** Words that were read in all, those of no field included. */
  readonly words: number;
}

export interface VisualFieldPlaced extends VisualField {
  /** In the picture, top left clockwise. */
  readonly corners: Quad;
}

export interface VisualZoneInput extends AssignOptions {
  readonly picture: Pyramid;
  readonly outline: { readonly corners: Quad; readonly size: DocumentSize } | undefined;
  readonly zone: FoundZone | undefined;
  /** What is no text: portrait and zone, in the picture. */
  readonly masks: readonly Quad[];
}

/** Two views at the most: a page of text costs about half a second of processor time. */
const mostViews = 2;

/** Reads what is printed outside zone and barcodes. Undefined when there are no words at all. */
export async function readVisualZone(
  ports: TaskPorts,
  { picture, outline, zone, masks, ...options }: VisualZoneInput,
): Promise<VisualZone | undefined> {
  let best: VisualZone | undefined;
  for (const corners of outlinesToRead(picture.image, outline, zone).slice(0, mostViews)) {
    const view = cutTextView(picture, corners, masks);
    const words = await ports.readText(view.picture);
    const place = zone && {
      zoneBox: extentOf(zone.corners.map(view.fromSource) as unknown as Quad),
    };
    const first = assignFields(words, view.picture, { ...options, ...place });
    const assigned = await lookCloser(ports, picture, view, first, options);
    const found = toZone(view, assigned, words.length);
    if (found.template || found.fields.length >= 3) return found;
    if (words.length > 0 && found.fields.length > (best?.fields.length ?? -1)) best = found;
  }
  return best;
}

/** Left, top, right and bottom of corners that lie almost straight. */
function extentOf([a, b, c, d]: Quad): [number, number, number, number] {
  return [(a.x + d.x) / 2, (a.y + b.y) / 2, (b.x + c.x) / 2, (c.y + d.y) / 2];
}

/** Words of at least this confidence are left as they are. */
const sure = 80;
/** Of more than one line: a single line would be cut out of it. */
const longFields: readonly VisualFieldName[] = ['address'];

/** Reads the places of a template again, one by one and larger, where the page gave nothing or nothing sure. */
async function lookCloser(
  ports: TaskPorts,
  picture: Pyramid,
  view: TextView,
  { match, fields }: AssignedFields,
  { today, known }: AssignOptions,
): Promise<AssignedFields> {
  if (!match) return { match, fields };
  const byName = new Map(fields.map((field) => [field.name, field]));
  for (const [key, share] of Object.entries(match.template.fields)) {
    const name = key as VisualFieldName;
    const read = byName.get(name);
    if (longFields.includes(name) || (read && isSure(read, known?.[name]))) continue;
    const closer = await readPlace(ports, picture, view, match, { name, share, today });
    const isBetter = closer && closer.confidence > (read?.confidence ?? 0);
    if (isBetter) byName.set(name, closer);
  }
  return { match, fields: [...byName.values()] };
}

/** Where a template's place says what a zone or barcode says, another look would say nothing new. */
function isSure({ value, confidence, assignedBy }: VisualField, known = ''): boolean {
  const isConfirmed = assignedBy === 'template' && plainText(value) === plainText(known);
  return confidence >= sure || isConfirmed;
}

async function readPlace(
  ports: TaskPorts,
  picture: Pyramid,
  view: TextView,
  match: TemplateMatch,
  place: {
    readonly name: VisualFieldName;
    readonly share: Parameters<TemplateMatch['toPixels']>[0];
    readonly today: IsoDate;
  },
): Promise<VisualField | undefined> {
  const box = match.toPixels(place.share);
  const line = cutTextLine(picture, cornersOf(box, view));
  const words = await ports.readText(line, 'line');
  const scale = box.width / (line.width - 2 * lineMargin);
  const placed = words.map((word) => ({
    ...word,
    confidence: isCut(word, line) ? Math.min(word.confidence, cutConfidence) : word.confidence,
    box: {
      x: box.x + scale * (word.box.x - lineMargin),
      y: box.y + scale * (word.box.y - lineMargin),
      width: scale * word.box.width,
      height: scale * word.box.height,
    },
  }));
  return fieldFrom(place.name, placed, grammarOf(match), place.today, 'template');
}

/** Of a word that the edge of its place may have cut: it is not certain, however clear its letters are. */
const cutConfidence = 50;

function isCut({ box }: TextWord, { width }: TextPicture): boolean {
  return box.x <= lineMargin + 1 || box.x + box.width >= width - lineMargin - 1;
}

function toZone(view: TextView, { match, fields }: AssignedFields, words: number): VisualZone {
  const { width, height } = view.picture;
  return {
    corners: view.corners,
    size: { width, height },
    ...(match && {
      template: {
        id: match.template.id,
        type: match.template.type,
        issuingState: match.template.issuing_state,
        ...(match.template.number !== undefined && { numberForm: match.template.number }),
        agreement: match.agreement,
      },
    }),
    fields: fields.map((field) => ({ ...field, corners: cornersOf(field.box, view) })),
    words,
  };
}

function cornersOf({ x, y, width, height }: Box, { toSource }: TextView): Quad {
  return [
    toSource({ x, y }),
    toSource({ x: x + width, y }),
    toSource({ x: x + width, y: y + height }),
    toSource({ x, y: y + height }),
  ];
}
