import { groupOf } from './mrz-evaluation.ts';

/** One field of one picture: what it says, and what was read. */
export interface FieldOutcome {
  readonly file: string;
  /** Column `template` of the list: how the picture relates to the templates that ship. */
  readonly relation: string;
  readonly field: string;
  readonly expected: string;
  readonly read?: string | undefined;
  readonly assignedBy?: string | undefined;
  /** 0–100. */
  readonly confidence?: number | undefined;
}

export interface FieldFigures {
  readonly fields: number;
  readonly right: number;
  readonly wrong: number;
  readonly missing: number;
  /** Wrong, though every word of it was read for certain. */
  readonly wrong_and_certain: number;
}

export interface FieldsReport extends FieldFigures {
  readonly documents: number;
  /** Specimens in alternation by name, all pictures of one specimen in the same half. */
  readonly halves: { readonly tuned_on: FieldFigures; readonly held_out: FieldFigures };
  readonly by_template: Readonly<Record<string, FieldFigures>>;
  readonly by_assignment: Readonly<Record<string, FieldFigures>>;
  readonly by_field: Readonly<Record<string, FieldFigures>>;
  /** Pictures of which a field was said to differ between its places. */
  readonly accused: readonly string[];
  /** Processor time of the whole document without decoding. */
  readonly ms_median: number;
  readonly ms_max: number;
  readonly failures: readonly { readonly file: string; readonly code: string }[];
  readonly differing: readonly FieldOutcome[];
}

export interface FieldsRun {
  readonly outcomes: readonly FieldOutcome[];
  readonly times: readonly number[];
  readonly accused: readonly string[];
  readonly failures: readonly { readonly file: string; readonly code: string }[];
}

export function reportFields({ outcomes, times, accused, failures }: FieldsRun): FieldsReport {
  const files = [...new Set(outcomes.map(({ file }) => file))];
  const groups = [...new Set(files.map(groupOf))].sort();
  const isTuned = ({ file }: FieldOutcome) => groups.indexOf(groupOf(file)) % 2 === 0;
  const sorted = [...times].sort((a, b) => a - b);
  const by = (key: (outcome: FieldOutcome) => string) =>
    Object.fromEntries(
      [...new Set(outcomes.map(key))].map((value) => [
        value,
        figures(outcomes.filter((outcome) => key(outcome) === value)),
      ]),
    );
  return {
    documents: files.length,
    ...figures(outcomes),
    halves: {
      tuned_on: figures(outcomes.filter(isTuned)),
      held_out: figures(outcomes.filter((outcome) => !isTuned(outcome))),
    },
    by_template: by(({ relation }) => relation),
    by_assignment: by(({ assignedBy }) => assignedBy ?? 'not found'),
    by_field: by(({ field }) => field),
    accused,
    ms_median: Math.round(sorted[sorted.length >> 1] ?? 0),
    ms_max: Math.round(sorted.at(-1) ?? 0),
    failures,
    differing: outcomes.filter((outcome) => !isRight(outcome)),
  };
}

/** From here on a value counts as read for certain; as in `crossCheck`. */
const certain = 85;

function figures(outcomes: readonly FieldOutcome[]): FieldFigures {
  const missing = outcomes.filter(({ read }) => read === undefined).length;
  const wrong = outcomes.filter((outcome) => outcome.read !== undefined && !isRight(outcome));
  return {
    fields: outcomes.length,
    right: outcomes.length - missing - wrong.length,
    wrong: wrong.length,
    missing,
    wrong_and_certain: wrong.filter(({ confidence = 0 }) => confidence >= certain).length,
  };
}

/** Letters and digits decide; accents, case, spaces and punctuation do not. */
function isRight({ expected, read }: FieldOutcome): boolean {
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replaceAll(/[^\p{L}\p{N}]/gu, '')
      .toUpperCase();
  return read !== undefined && plain(read) === plain(expected);
}
