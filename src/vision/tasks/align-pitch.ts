/** Log-probabilities of one strip: `classes` rows of `columns` values; the last class is "no character centred here". */
export interface StripScores {
  readonly data: Float32Array;
  readonly classes: number;
  readonly columns: number;
}

/** Characters placed on a strip at an almost constant pitch. */
export interface Alignment {
  /** Columns of the character centres. */
  readonly centres: readonly number[];
  /** Log-probability that the strip shows just these characters, beyond what an empty strip would score. */
  readonly score: number;
}

/** A single bad column must not decide over the whole line. */
const worstCharacter = -6;
const worstGap = -4;
/** Cost of a column more or less than the pitch, per character. */
const jitterCost = 0.4;

/**
 * Places `count` characters so that their likelihood, the emptiness outside and the evenness of the spacing
 * are together the greatest: dynamic programming over columns (Viterbi 1967). `pitch` in columns.
 * Undefined when the strip is too short.
 */
export function alignPitch(
  scores: StripScores,
  count: number,
  pitch: number,
): Alignment | undefined {
  const { columns } = scores;
  if ((count - 1) * (pitch - 1) >= columns) return undefined;
  const { best, gapSums } = summarise(scores);
  const step = Math.round(pitch);
  const steps = [step - 1, step, step + 1].filter((s) => s > 0);
  const costs = steps.map((s) => jitterCost * Math.abs(s - pitch));
  let current = new Float64Array(columns);
  const from: Int8Array[] = [];
  for (let c = 0; c < columns; c++) {
    current[c] = (best[c] as number) + outside(gapSums, 0, c - pitch / 2, pitch);
  }
  for (let k = 1; k < count; k++) {
    const advanced = advance(current, best, steps, costs);
    from.push(advanced.origin);
    current = advanced.values;
  }
  return traceBack(current, from, gapSums, pitch);
}

/** One character further: the best score that ends in each column, and the step that led there. */
function advance(
  current: Float64Array,
  best: Float64Array,
  steps: readonly number[],
  costs: readonly number[],
) {
  const values = new Float64Array(current.length).fill(Number.NEGATIVE_INFINITY);
  const origin = new Int8Array(current.length);
  for (const [s, step] of steps.entries()) {
    const cost = costs[s] as number;
    for (let c = step; c < current.length; c++) {
      const value = (current[c - step] as number) - cost;
      if (value <= (values[c] as number)) continue;
      values[c] = value;
      origin[c] = step;
    }
  }
  for (let c = 0; c < current.length; c++) values[c] = (values[c] as number) + (best[c] as number);
  return { values, origin };
}

function traceBack(
  last: Float64Array,
  from: readonly Int8Array[],
  gapSums: Float64Array,
  pitch: number,
): Alignment | undefined {
  let end = -1;
  let score = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < last.length; c++) {
    const value = (last[c] as number) + outside(gapSums, c + pitch / 2, last.length, pitch);
    if (value > score) {
      score = value;
      end = c;
    }
  }
  if (end < 0) return undefined;
  const centres = [end];
  for (let k = from.length - 1; k >= 0; k--) {
    end -= from[k]?.[end] ?? 0;
    centres.unshift(end);
  }
  return { centres, score };
}

/** Per column: the likeliest character's score, and running sums of the score of "none". */
function summarise({ data, classes, columns }: StripScores) {
  const best = new Float64Array(columns).fill(worstCharacter);
  for (let label = 0; label < classes - 1; label++) {
    for (let c = 0; c < columns; c++) {
      const value = data[label * columns + c] as number;
      if (value > (best[c] as number)) best[c] = value;
    }
  }
  const gapSums = new Float64Array(columns + 1);
  for (let c = 0; c < columns; c++) {
    const none = data[(classes - 1) * columns + c] as number;
    gapSums[c + 1] = (gapSums[c] as number) + Math.max(worstGap, none);
  }
  return { best, gapSums };
}

/** How well the columns from…to are explained as empty, counted once per pitch. */
function outside(gapSums: Float64Array, from: number, to: number, pitch: number): number {
  const a = Math.max(0, Math.round(from));
  const b = Math.min(gapSums.length - 1, Math.round(to));
  return b > a ? ((gapSums[b] as number) - (gapSums[a] as number)) / pitch : 0;
}
