/**
 * Power spectrum of a square picture after a Hann window: `side`² values, frequency (u, v) cycles per side at
 * `v · side + u`, negative ones from the far end. `side` is a power of two.
 * Cooley and Tukey 1965, radix 2, in place, rows and then columns.
 */
export function powerSpectrum(values: Float32Array, side: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const window = Float64Array.from(
    { length: side },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / side),
  );
  const re = Float64Array.from(
    values,
    (value, i) =>
      (value - mean) * (window[i % side] as number) * (window[Math.floor(i / side)] as number),
  );
  const im = new Float64Array(values.length);
  const turns = twiddles(side);
  for (let y = 0; y < side; y++) transform(re, im, turns, { from: y * side, stride: 1, side });
  for (let x = 0; x < side; x++) transform(re, im, turns, { from: x, stride: side, side });
  return re.map((value, i) => value ** 2 + (im[i] as number) ** 2);
}

interface Line {
  readonly from: number;
  readonly stride: number;
  readonly side: number;
}

interface Twiddles {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

function twiddles(side: number): Twiddles {
  const angle = (i: number) => (-2 * Math.PI * i) / side;
  return {
    cos: Float64Array.from({ length: side / 2 }, (_, i) => Math.cos(angle(i))),
    sin: Float64Array.from({ length: side / 2 }, (_, i) => Math.sin(angle(i))),
  };
}

function transform(re: Float64Array, im: Float64Array, turns: Twiddles, line: Line): void {
  const { from, stride, side } = line;
  reverseBits(re, line);
  reverseBits(im, line);
  for (let length = 2; length <= side; length *= 2) {
    const half = length / 2;
    for (let k = 0; k < half; k++) {
      const c = turns.cos[(k * side) / length] as number;
      const s = turns.sin[(k * side) / length] as number;
      for (let i = k; i < side; i += length) {
        const p = from + i * stride;
        const q = p + half * stride;
        const tr = (re[q] as number) * c - (im[q] as number) * s;
        const ti = (re[q] as number) * s + (im[q] as number) * c;
        re[q] = (re[p] as number) - tr;
        im[q] = (im[p] as number) - ti;
        re[p] = (re[p] as number) + tr;
        im[p] = (im[p] as number) + ti;
      }
    }
  }
}

function reverseBits(values: Float64Array, { from, stride, side }: Line): void {
  for (let i = 1, j = 0; i < side; i++) {
    let bit = side >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const [p, q] = [from + i * stride, from + j * stride];
    const kept = values[p] as number;
    values[p] = values[q] as number;
    values[q] = kept;
  }
}
