/** Weights with which columns add up best to values, row by row: normal equations, Gauss–Jordan with partial pivoting. */
export class LeastSquares {
  readonly #columns: number;
  /** Row by row the coefficients and the right-hand side; only the upper half is filled. */
  readonly #normal: Float64Array;
  #energy = 0;

  constructor(columns: number) {
    this.#columns = columns;
    this.#normal = new Float64Array(columns * (columns + 1));
  }

  add(row: ArrayLike<number>, value: number): void {
    const n = this.#columns;
    const normal = this.#normal;
    for (let i = 0, o = 0; i < n; i++, o += n + 1) {
      const a = row[i] as number;
      for (let j = i; j < n; j++)
        normal[o + j] = (normal[o + j] as number) + a * (row[j] as number);
      normal[o + n] = (normal[o + n] as number) + a * value;
    }
    this.#energy += value * value;
  }

  /** Undefined where the columns depend on each other. */
  weights(): number[] | undefined {
    const n = this.#columns;
    const rows = Array.from({ length: n }, (_, i) =>
      this.#normal.slice(i * (n + 1), (i + 1) * (n + 1)),
    );
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < i; j++) row[j] = (rows[j] as Float64Array)[i] as number;
    }
    return solve(rows);
  }

  /** Energy of what the best sum misses of the values. */
  unexplained(): number {
    const n = this.#columns;
    const weights = this.weights() ?? [];
    const explained = weights.reduce(
      (sum, weight, i) => sum + weight * (this.#normal[i * (n + 1) + n] as number),
      0,
    );
    return Math.max(0, this.#energy - explained);
  }
}

/** Each row is the coefficients and the right-hand side. */
function solve(rows: Float64Array[]): number[] | undefined {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    const best = pivotRow(rows, column);
    if (!(size(rows, best, column) > 1e-9)) return undefined;
    [rows[column], rows[best]] = [rows[best] as Float64Array, rows[column] as Float64Array];
    const pivot = rows[column] as Float64Array;
    for (const row of rows) if (row !== pivot) eliminate(row, pivot, column);
  }
  return rows.map((row, i) => (row[n] as number) / (row[i] as number));
}

function pivotRow(rows: readonly Float64Array[], column: number): number {
  let best = column;
  for (let r = column; r < rows.length; r++) {
    if (size(rows, r, column) > size(rows, best, column)) best = r;
  }
  return best;
}

function eliminate(row: Float64Array, pivot: Float64Array, column: number): void {
  const factor = (row[column] as number) / (pivot[column] as number);
  for (let j = column; j < row.length; j++) {
    row[j] = (row[j] as number) - factor * (pivot[j] as number);
  }
}

function size(rows: readonly Float64Array[], row: number, column: number): number {
  return Math.abs(rows[row]?.[column] ?? 0);
}
