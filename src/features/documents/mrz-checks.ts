import { checkDigit } from './mrz-check-digit.ts';
import type { CheckName, CheckSpec, MrzLayout, Span } from './mrz-formats.ts';

/** One check digit with everything that it guards, in a particular zone. */
export interface BoundCheck {
  readonly name: CheckName;
  /** Where the digit itself stands; `to = from + 1`. */
  readonly digit: Span;
  readonly over: readonly Span[];
  readonly emptyAllowed: boolean;
}

/** The checks of a zone: long document numbers move the number's check digit into the optional data. */
export function bindChecks(layout: MrzLayout, lines: readonly string[]): readonly BoundCheck[] {
  return layout.checks.map((spec) => overflowing(layout, spec, lines) ?? bind(spec));
}

export function textAt(lines: readonly string[], { line, from, to }: Span): string {
  return (lines[line] ?? '').slice(from, to);
}

export function passes(check: BoundCheck, lines: readonly string[]): boolean {
  const guarded = check.over.map((span) => textAt(lines, span)).join('');
  const printed = textAt(lines, check.digit);
  if (check.emptyAllowed && printed === '<' && /^<*$/.test(guarded)) return true;
  return printed === checkDigit(guarded);
}

/** Document number, with its continuation where there is one. */
export function documentNumberOf(layout: MrzLayout, lines: readonly string[]): string | undefined {
  const span = layout.fields.documentNumber;
  if (!span) return undefined;
  const check = layout.checks.find(({ name }) => name === 'number');
  const long = check && overflowing(layout, check, lines);
  const parts = long ? long.over : [span];
  return parts
    .map((part) => textAt(lines, part))
    .join('')
    .replaceAll('<', '');
}

/** Where the optional data begins when the number runs on into it: just behind the number's digit and filler. */
export function optionalDataFrom(layout: MrzLayout, lines: readonly string[]): number | undefined {
  const check = layout.checks.find(({ name }) => name === 'number');
  const long = check && overflowing(layout, check, lines);
  return long ? long.digit.to : undefined;
}

function bind({ name, line, column, over, emptyAllowed = false }: CheckSpec): BoundCheck {
  return { name, digit: { line, from: column, to: column + 1 }, over, emptyAllowed };
}

function overflowing(
  layout: MrzLayout,
  spec: CheckSpec,
  lines: readonly string[],
): BoundCheck | undefined {
  const { overflow } = layout;
  if (!overflow || spec.name !== 'number') return undefined;
  if (lines[spec.line]?.charAt(spec.column) !== '<') return undefined;
  const rest = textAt(lines, overflow);
  const length = rest.includes('<') ? rest.indexOf('<') : rest.length;
  if (length < 2) return undefined;
  const end = overflow.from + length - 1;
  return {
    name: 'number',
    digit: { line: overflow.line, from: end, to: end + 1 },
    over: [...spec.over, { line: overflow.line, from: overflow.from, to: end }],
    emptyAllowed: false,
  };
}
