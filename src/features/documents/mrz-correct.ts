import { type BoundCheck, bindChecks, passes } from './mrz-checks.ts';
import {
  type CheckName,
  findLayout,
  isAllowed,
  kindAt,
  type MrzLayout,
  type Span,
} from './mrz-formats.ts';

/** One character that was changed, and the check digits that prove it. */
export interface MrzCorrection {
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly to: string;
  readonly provenBy: readonly CheckName[];
}

export interface CorrectedMrz {
  readonly lines: readonly string[];
  readonly corrections: readonly MrzCorrection[];
}

/** What a character may also have been. Called for places under a failing check digit only. */
export type Alternatives = (line: number, column: number) => readonly string[];

/** Characters of OCR-B that printers and cameras make alike (Doc 9303-3 §4.3 chooses the typeface to part them). */
const lookAlikes = ['0ODQ', '1IL', '2Z', '5S', '6G', '8B', '4A', '7T', 'UV', 'MN'] as const;

/** More combinations than this are not tried: too many would be right by chance. */
const mostCombinations = 2048;

/** Alternatives for text of which nothing but the characters is known. */
export function lookAlikesOf(lines: readonly string[]): Alternatives {
  return (line, column) => {
    const char = lines[line]?.charAt(column) ?? '';
    return lookAlikes.filter((group) => group.includes(char)).flatMap((group) => [...group]);
  };
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly from: string;
  readonly choices: readonly string[];
}

/**
 * Corrects a zone where check digits prove it: of all combinations of alternatives under its check
 * digits exactly one makes every check digit of the zone right. Two that do prove nothing, and the zone
 * stays as it was read. If every misread character has the true one among its `alternatives`, a correction
 * is never wrong. Without `alternatives` look-alikes are tried, and a field whose own digit is right is
 * taken to be right.
 */
export function correctMrz(lines: readonly string[], alternatives?: Alternatives): CorrectedMrz {
  const unchanged: CorrectedMrz = { lines, corrections: [] };
  const layout = findLayout(lines);
  if (!layout) return unchanged;
  const checks = bindChecks(layout, lines);
  const failing = checks.filter((check) => !passes(check, lines));
  if (failing.length === 0) return unchanged;
  const places = alternatives
    ? uncertainPlaces(layout, lines, spansOf(checks), alternatives)
    : uncertainPlaces(layout, lines, spansOf(narrowest(failing)), lookAlikesOf(lines));
  const only = onlySolution(layout, lines, places);
  if (!only) return unchanged;
  const corrections = places.flatMap(({ line, column, from }) => {
    const to = only[line]?.charAt(column) ?? from;
    if (to === from) return [];
    const provenBy = bindChecks(layout, only)
      .filter((check) => guards(check, line, column))
      .map(({ name }) => name);
    return [{ line, column, from, to, provenBy }];
  });
  return { lines: only, corrections };
}

/** When a field's own digit fails, the other fields under the composite are not in doubt. */
function narrowest(failing: readonly BoundCheck[]): readonly BoundCheck[] {
  const fields = failing.filter(({ name }) => name !== 'composite');
  return fields.length > 0 ? fields : failing;
}

function spansOf(checks: readonly BoundCheck[]): readonly Span[] {
  return checks.flatMap(({ digit, over }) => [digit, ...over]);
}

function uncertainPlaces(
  layout: MrzLayout,
  lines: readonly string[],
  spans: readonly Span[],
  alternatives: Alternatives,
): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { line, column } of spans.flatMap(cells)) {
    const from = lines[line]?.charAt(column) ?? '';
    const kind = kindAt(layout, line, column);
    const others = alternatives(line, column).filter((char) => isAllowed(kind, char));
    const choices = [...new Set([...(isAllowed(kind, from) ? [from] : []), ...others])];
    if (choices.some((char) => char !== from)) {
      places.set(`${line}:${column}`, { line, column, from, choices });
    }
  }
  return [...places.values()];
}

/** The one combination under which all check digits of the zone are right, if there is exactly one. */
function onlySolution(
  layout: MrzLayout,
  lines: readonly string[],
  places: readonly Place[],
): readonly string[] | undefined {
  const count = places.reduce((product, { choices }) => product * choices.length, 1);
  if (places.length === 0 || count > mostCombinations) return undefined;
  let found: readonly string[] | undefined;
  for (let n = 0; n < count; n++) {
    const candidate = combination(lines, places, n);
    if (!bindChecks(layout, candidate).every((check) => passes(check, candidate))) continue;
    if (found) return undefined;
    found = candidate;
  }
  return found;
}

function combination(lines: readonly string[], places: readonly Place[], n: number): string[] {
  const rows = lines.map((line) => [...line]);
  let rest = n;
  for (const { line, column, choices } of places) {
    const row = rows[line];
    if (row) row[column] = choices[rest % choices.length] ?? '';
    rest = Math.floor(rest / choices.length);
  }
  return rows.map((row) => row.join(''));
}

function guards({ digit, over }: BoundCheck, line: number, column: number): boolean {
  return [digit, ...over].some(
    (span) => span.line === line && column >= span.from && column < span.to,
  );
}

function cells({ line, from, to }: Span): { line: number; column: number }[] {
  return Array.from({ length: to - from }, (_, i) => ({ line, column: from + i }));
}
