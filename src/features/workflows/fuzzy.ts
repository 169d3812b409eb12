/**
 * Similarity of two texts, 0–100: both are normalised (compatibility decomposition, no diacritics, lower
 * case, single spaces), then 100 · (1 − distance / length of the longer), where distance counts insertions,
 * deletions, substitutions and swaps of neighbours (optimal string alignment; Damerau 1964).
 */
export function textSimilarity(a: string, b: string): number {
  const [left, right] = [normalize(a), normalize(b)];
  const longer = Math.max(left.length, right.length);
  return longer === 0 ? 100 : 100 * (1 - distance(left, right) / longer);
}

function normalize(text: string): string[] {
  return [
    ...text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/\s+/gu, ' ')
      .trim()
      .slice(0, 500),
  ];
}

function distance(a: readonly string[], b: readonly string[]): number {
  let [twoBack, back] = [[] as number[], b.map((_, j) => j)];
  back.push(b.length);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(back, j) + 1, at(row, j - 1) + 1, at(back, j - 1) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) best = Math.min(best, at(twoBack, j - 2) + 1);
      row.push(best);
    }
    [twoBack, back] = [back, row];
  }
  return at(back, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
