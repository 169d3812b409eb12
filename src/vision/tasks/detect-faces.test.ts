import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transformPoint } from '../image/transform.ts';
import { decodeBlazeface, fineViews } from './detect-faces.ts';

const square = { width: 256, height: 256 };

/** Outputs of the detector with nothing found in a square of 256 pixels; logits of −10. */
function emptyOutputs() {
  const scores = (n: number) => ({ data: new Float32Array(n).fill(-10), shape: [1, n, 1] });
  const boxes = (n: number) => ({ data: new Float32Array(n * 16), shape: [1, n, 16] });
  return { fine: scores(512), coarse: scores(384), fineBoxes: boxes(512), coarseBoxes: boxes(384) };
}

describe('decodeBlazeface', () => {
  it('finds nothing where no score is high', () => {
    expect(decodeBlazeface(Object.values(emptyOutputs()), square)).toEqual([]);
  });

  it('places a box and the eyes relative to the centre of their cell', () => {
    const outputs = emptyOutputs();
    // Stride 32, six anchors a cell: cell (column 3, row 2) of 8 × 8, its last anchor.
    const anchor = (2 * 8 + 3) * 6 + 5;
    outputs.coarse.data[anchor] = 2;
    outputs.coarseBoxes.data.set([4, -6, 40, 50, -10, -12, 9, -11], anchor * 16);
    const [face, ...others] = decodeBlazeface(Object.values(outputs).reverse(), square);
    expect(others).toEqual([]);
    expect(face?.confidence).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(face?.box).toEqual({ x: 112 + 4 - 20, y: 80 - 6 - 25, width: 40, height: 50 });
    expect(face?.eyes).toEqual([
      { x: 102, y: 68 },
      { x: 121, y: 69 },
    ]);
  });

  it('knows the cells of an input that is no square', () => {
    const size = { width: 96, height: 64 };
    const cells = { fine: 6 * 4 * 2, coarse: 3 * 2 * 6 };
    const outputs = [cells.fine, cells.coarse].flatMap((n) => [
      { data: new Float32Array(n).fill(-10), shape: [1, n, 1] },
      { data: new Float32Array(n * 16), shape: [1, n, 16] },
    ]);
    // Stride 16: column 5, row 3, the last anchor of all.
    outputs[0]?.data.set([3], cells.fine - 1);
    outputs[1]?.data.set([0, 0, 12, 12], (cells.fine - 1) * 16);
    const faces = decodeBlazeface(outputs, size);
    expect(faces.map(({ box }) => box)).toEqual([{ x: 82, y: 50, width: 12, height: 12 }]);
  });

  it('refuses outputs of another model', () => {
    const strange = [{ data: new Float32Array(10), shape: [10] }];
    expect(() => decodeBlazeface(strange, square)).toThrow(RangeError);
  });
});

describe('fineViews', () => {
  it('need none where the whole image is fine enough', () => {
    expect(fineViews(640, 480)).toEqual([]);
    expect(fineViews(250, 250)).toEqual([]);
  });

  it('stay affordable, however long and narrow a picture is', () => {
    for (const [width, height] of [
      [800_000, 80],
      [80, 800_000],
      [8000, 8000],
    ] as const) {
      const sizes = fineViews(width, height).map(({ size }) => size);
      // What the net computes on, and with it the time and the memory of a search, stays within bounds.
      const pixels = sizes.reduce((sum, size) => sum + size.width * size.height, 0);
      expect(pixels).toBeLessThan(300 * 256 * 256);
      expect(Math.max(...sizes.flatMap((size) => [size.width, size.height]))).toBeLessThan(513);
    }
  });

  it('hold every small face whole in a fine view that trusts it, wherever it is', () => {
    const size = fc.integer({ min: 901, max: 8000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        size,
        size,
        share,
        share,
        fc.integer({ min: 30, max: 120 }),
        (w, h, u, v, face) => {
          const box = { x: u * (w - face), y: v * (h - face), width: face, height: face };
          const holding = fineViews(w, h).filter(({ toImage, size: input, trusted }) => {
            const from = transformPoint(toImage, { x: 0, y: 0 });
            const to = transformPoint(toImage, { x: input.width, y: input.height });
            const inView =
              box.x >= from.x - 1e-6 &&
              box.y >= from.y - 1e-6 &&
              box.x + face <= to.x + 1e-6 &&
              box.y + face <= to.y + 1e-6;
            const isTrusted =
              box.x >= trusted.x &&
              box.y >= trusted.y &&
              box.x + face <= trusted.x + trusted.width &&
              box.y + face <= trusted.y + trusted.height;
            return inView && isTrusted && toImage[0] <= 2.61;
          });
          expect(holding.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
