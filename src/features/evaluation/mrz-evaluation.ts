/** One picture: what it says, what was read, and which lines were vouched for. */
export interface MrzOutcome {
  readonly file: string;
  readonly truth: readonly string[];
  readonly read: readonly string[];
  readonly accepted: readonly boolean[];
  readonly corrections: number;
  readonly failedChecks?: readonly string[];
  readonly cpuMs?: number;
  /** Code of the refusal, when the picture could not be read at all. */
  readonly failure?: string;
}

export interface MrzFigures {
  readonly documents: number;
  readonly found: number;
  readonly exact_documents: number;
  readonly lines: number;
  readonly exact_lines: number;
  /** Lines that differ from the truth and were vouched for all the same. */
  readonly wrong_lines_accepted: number;
  readonly accepted_lines: number;
  /** 1 − edit distance / length, over all lines; what was not found counts as all wrong. */
  readonly char_accuracy: number;
  /** Processor time without decoding. */
  readonly ms_median: number;
}

export interface MrzReport extends MrzFigures {
  readonly ms_max: number;
  readonly corrections: number;
  /** Specimens in alternation by name, all pictures of one specimen in the same half. */
  readonly halves: { readonly tuned_on: MrzFigures; readonly held_out: MrzFigures };
  readonly failures: readonly { readonly file: string; readonly code: string }[];
  readonly wrong: readonly {
    readonly file: string;
    readonly line: number;
    readonly expected: string;
    readonly read: string;
    readonly accepted: boolean;
  }[];
}

export function reportMrz(outcomes: readonly MrzOutcome[]): MrzReport {
  const groups = [...new Set(outcomes.map(({ file }) => groupOf(file)))].sort();
  const isTuned = ({ file }: MrzOutcome) => groups.indexOf(groupOf(file)) % 2 === 0;
  const times = outcomes.flatMap(({ cpuMs }) => cpuMs ?? []);
  return {
    ...figures(outcomes),
    ms_max: Math.round(Math.max(0, ...times)),
    corrections: outcomes.reduce((sum, { corrections }) => sum + corrections, 0),
    halves: {
      tuned_on: figures(outcomes.filter(isTuned)),
      held_out: figures(outcomes.filter((outcome) => !isTuned(outcome))),
    },
    failures: outcomes.flatMap(({ file, failure }) => (failure ? [{ file, code: failure }] : [])),
    wrong: outcomes.flatMap(wrongLines),
  };
}

/** `images/UTO-P__100.jpg` → `UTO-P`: what stands before the double underscore names the specimen. */
export function groupOf(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.split('__')[0] ?? name;
}

function figures(outcomes: readonly MrzOutcome[]): MrzFigures {
  const lines = outcomes.flatMap(({ truth, read, accepted }) =>
    truth.map((line, i) => ({
      length: line.length,
      distance: editDistance(line, read[i] ?? ''),
      accepted: accepted[i] ?? false,
    })),
  );
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  const wrong = lines.reduce((sum, line) => sum + Math.min(line.distance, line.length), 0);
  const times = outcomes.flatMap(({ cpuMs }) => cpuMs ?? []).sort((a, b) => a - b);
  return {
    documents: outcomes.length,
    found: outcomes.filter(({ read }) => read.length > 0).length,
    exact_documents: outcomes.filter(({ truth, read }) => truth.join('\n') === read.join('\n'))
      .length,
    lines: lines.length,
    exact_lines: lines.filter(({ distance }) => distance === 0).length,
    wrong_lines_accepted: lines.filter((line) => line.accepted && line.distance > 0).length,
    accepted_lines: lines.filter((line) => line.accepted).length,
    char_accuracy: length === 0 ? 0 : Math.round((1 - wrong / length) * 1e5) / 1e5,
    ms_median: Math.round(times[times.length >> 1] ?? 0),
  };
}

function wrongLines({ file, truth, read, accepted }: MrzOutcome) {
  return truth.flatMap((expected, line) => {
    const text = read[line] ?? '';
    const isAccepted = accepted[line] ?? false;
    return text === expected ? [] : [{ file, line, expected, read: text, accepted: isAccepted }];
  });
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
