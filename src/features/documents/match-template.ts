import type { Box } from '../../core/image.ts';
import type { TextWord } from '../../core/text.ts';
import type { DocumentTemplate } from './templates.ts';
import { plainLikeness, plainText } from './visual-text.ts';

/** What is known of the document before its text is looked at. */
export interface TemplateHints {
  /** Issuing state: ISO 3166-1 alpha-3 or UTO. */
  readonly state?: string | undefined;
  /** Of its machine-readable zone, where this side has one. */
  readonly format?: string | undefined;
  /** Where that zone lies on the picture: left, top, right and bottom in pixels. */
  readonly zoneBox?: readonly [number, number, number, number] | undefined;
}

export interface TemplateMatch {
  readonly template: DocumentTemplate;
  /** Share of the anchors that stand where they should, 0 to 1. */
  readonly agreement: number;
  /** From the template's shares to pixels of the picture that was read. */
  readonly toPixels: (share: readonly [number, number, number, number]) => Box;
}

/** Printed words are read right at about this likeness; below it other words fit too. */
const leastLikeness = 0.75;
/** Shares of the document by which an anchor may lie off the common shift. */
const tolerance = 0.05;
const fewestAnchors = 3;
/** Without a zone or barcode that names the state, the text alone must be sure. */
const leastAgreement = 0.4;

/** The template whose anchors fit best, and how it lies on the picture. */
export function matchTemplate(
  words: readonly TextWord[],
  size: { readonly width: number; readonly height: number },
  templates: readonly DocumentTemplate[],
  hints: TemplateHints = {},
): TemplateMatch | undefined {
  const ofState = templates.filter(({ issuing_state }) => issuing_state === hints.state);
  const candidates = hints.state === undefined ? templates : ofState;
  const least = hints.state === undefined ? leastAgreement : 0;
  const placed = words.map(({ text, box }) => ({
    text: plainText(text),
    x: (box.x + box.width / 2) / size.width,
    y: (box.y + box.height / 2) / size.height,
  }));
  const matches = candidates.flatMap((template) => {
    const match = register(placed, size, template, hints.zoneBox);
    return match && match.agreement >= least ? [match] : [];
  });
  const best = matches.sort((a, b) => b.agreement - a.agreement)[0];
  if (best) return best;
  const fitting = ofState.filter((template) => isZonesOwn(template, hints));
  const [only, ...others] = fitting;
  return only && others.length === 0 ? byZone(only, size, hints.zoneBox) : undefined;
}

function isZonesOwn({ mrz }: DocumentTemplate, { format }: TemplateHints): boolean {
  return mrz !== undefined && mrz === format;
}

/** The zone says which document it is and where it lies, even where its small print cannot be read. */
function byZone(
  template: DocumentTemplate,
  size: { readonly width: number; readonly height: number },
  zone: TemplateHints['zoneBox'],
): TemplateMatch {
  const pairs = zonePairs(template, size, zone);
  return { template, agreement: 0, toPixels: placing([], pairs, size) };
}

/** Corners of the zone on the template and on the picture; none where the zone was read in part only. */
function zonePairs(
  { zone: from }: DocumentTemplate,
  { width, height }: { readonly width: number; readonly height: number },
  to: TemplateHints['zoneBox'],
): readonly Pair[] {
  if (!from || !to) return [];
  const shares = [to[0] / width, to[1] / height, to[2] / width, to[3] / height] as const;
  const stretch = (shares[2] - shares[0]) / (from[2] - from[0]);
  if (Math.abs(stretch - 1) > 0.08) return [];
  return [
    [0, 1],
    [2, 1],
    [2, 3],
    [0, 3],
  ].map(([x = 0, y = 0]) => ({
    from: { x: from[x] ?? 0, y: from[y] ?? 0 },
    to: { x: shares[x] ?? 0, y: shares[y] ?? 0 },
  }));
}

/** Across, a zone's ends are as uncertain as its first and last character; down, it holds the far end of the page. */
function placing(
  anchors: readonly Pair[],
  zone: readonly Pair[],
  { width, height }: { readonly width: number; readonly height: number },
): TemplateMatch['toPixels'] {
  const beside = anchors.length > 0 ? anchors : zone;
  const across = fitAxis(beside.map(({ from, to }) => [from.x, to.x]));
  const down = fitAxis([...anchors, ...zone].map(({ from, to }) => [from.y, to.y]));
  return ([x, y, w, h]) => ({
    x: (across.offset + across.scale * x) * width,
    y: (down.offset + down.scale * y) * height,
    width: across.scale * w * width,
    height: down.scale * h * height,
  });
}

interface Pair {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

/** Plain text and the share of the picture at which its middle stands. */
interface PlacedWord {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

function register(
  words: readonly PlacedWord[],
  { width, height }: { readonly width: number; readonly height: number },
  template: DocumentTemplate,
  zone: TemplateHints['zoneBox'],
): TemplateMatch | undefined {
  const candidates: Pair[] = template.anchors.flatMap(([anchor, x, y]) => {
    const text = plainText(anchor);
    return words
      .filter((word) => plainLikeness(word.text, text, leastLikeness) >= leastLikeness)
      .map((to) => ({ from: { x, y }, to }));
  });
  const pairs = agreeing(candidates);
  const anchors = new Set(pairs.map(({ from }) => from));
  const places = new Set(pairs.map(({ from }) => `${from.x} ${from.y}`)).size;
  if (anchors.size === 0 || places < fewestAnchors) return undefined;
  return {
    template,
    agreement: places / template.anchors.length,
    toPixels: placing(pairs, zonePairs(template, { width, height }, zone), { width, height }),
  };
}

/** Most pairs that share one shift: each pair's shift is tried. */
function agreeing(pairs: readonly Pair[]): readonly Pair[] {
  let best: readonly Pair[] = [];
  for (const { from, to } of pairs) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const near = pairs.filter(
      (pair) =>
        Math.abs(pair.to.x - pair.from.x - dx) < tolerance &&
        Math.abs(pair.to.y - pair.from.y - dy) < tolerance,
    );
    if (near.length > best.length) best = near;
  }
  return best;
}

/** Least squares of scale and offset; without enough spread the offset alone, and no scale that a card cannot have. */
function fitAxis(points: readonly (readonly [from: number, to: number])[]): {
  scale: number;
  offset: number;
} {
  if (points.length === 0) return { scale: 1, offset: 0 };
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [from, to] = [mean(points.map(([a]) => a)), mean(points.map(([, b]) => b))];
  const spread = points.reduce((sum, [a]) => sum + (a - from) ** 2, 0);
  const slope = points.reduce((sum, [a, b]) => sum + (a - from) * (b - to), 0) / spread;
  const scale = spread > 0.02 * points.length && slope > 0.8 && slope < 1.25 ? slope : 1;
  return { scale, offset: to - scale * from };
}
