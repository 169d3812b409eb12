/**
 * Weights with which the columns of `rows` add up best to `values`: normal equations, Gauss–Jordan with partial
 * pivoting. Undefined where the columns depend on each other.
 */
export function solveLeastSquares(
  rows: readonly (readonly number[])[],
  values: readonly number[],
): number[] | undefined {
  const n = rows[0]?.length ?? 0;
  const normal = Array.from({ length: n }, () => new Float64Array(n + 1));
  for (const [k, row] of rows.entries()) {
    const value = values[k] as number;
    for (let i = 0; i < n; i++) {
      const into = normal[i] as Float64Array;
      const a = row[i] as number;
      for (let j = 0; j < n; j++) into[j] = (into[j] as number) + a * (row[j] as number);
      into[n] = (into[n] as number) + a * value;
    }
  }
  return solve(normal);
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
