import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transformPoint } from '../image/transform.ts';
import { decodeBlazeface, tileViews } from './detect-faces.ts';

/** Outputs of the detector with nothing found; logits of −10. */
function emptyOutputs() {
  const scores = (n: number) => ({ data: new Float32Array(n).fill(-10), shape: [1, n, 1] });
  const boxes = (n: number) => ({ data: new Float32Array(n * 16), shape: [1, n, 16] });
  return { fine: scores(512), coarse: scores(384), fineBoxes: boxes(512), coarseBoxes: boxes(384) };
}

describe('decodeBlazeface', () => {
  it('finds nothing where no score is high', () => {
    expect(decodeBlazeface(Object.values(emptyOutputs()))).toEqual([]);
  });

  it('places a box and the eyes relative to the centre of their cell', () => {
    const outputs = emptyOutputs();
    // Stride 32, six anchors a cell: cell (column 3, row 2) of 8 × 8, its last anchor.
    const anchor = (2 * 8 + 3) * 6 + 5;
    outputs.coarse.data[anchor] = 2;
    outputs.coarseBoxes.data.set([4, -6, 40, 50, -10, -12, 9, -11], anchor * 16);
    const [face, ...others] = decodeBlazeface(Object.values(outputs).reverse());
    expect(others).toEqual([]);
    expect(face?.confidence).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(face?.box).toEqual({ x: 112 + 4 - 20, y: 80 - 6 - 25, width: 40, height: 50 });
    expect(face?.eyes).toEqual([
      { x: 102, y: 68 },
      { x: 121, y: 69 },
    ]);
  });

  it('refuses outputs of another model', () => {
    expect(() => decodeBlazeface([{ data: new Float32Array(10), shape: [10] }])).toThrow(
      RangeError,
    );
  });
});

describe('tileViews', () => {
  it('need no tile where the whole image is fine enough', () => {
    expect(tileViews(640, 480)).toEqual([]);
    expect(tileViews(250, 250)).toEqual([]);
  });

  it('stay few, however long and narrow a picture is', () => {
    for (const [width, height] of [
      [800_000, 80],
      [80, 800_000],
      [8000, 8000],
    ] as const) {
      expect(tileViews(width, height).length).toBeLessThan(900);
    }
  });

  it('hold every small face whole in a tile that trusts it, wherever it is', () => {
    const size = fc.integer({ min: 901, max: 8000 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        size,
        size,
        share,
        share,
        fc.integer({ min: 30, max: 140 }),
        (w, h, u, v, face) => {
          const box = { x: u * (w - face), y: v * (h - face), width: face, height: face };
          const holding = tileViews(w, h).filter(({ toImage, trusted }) => {
            const from = transformPoint(toImage, { x: 0, y: 0 });
            const to = transformPoint(toImage, { x: 256, y: 256 });
            const inTile =
              box.x >= from.x - 1e-6 &&
              box.y >= from.y - 1e-6 &&
              box.x + face <= to.x + 1e-6 &&
              box.y + face <= to.y + 1e-6;
            const isTrusted =
              box.x >= trusted.x &&
              box.y >= trusted.y &&
              box.x + face <= trusted.x + trusted.width &&
              box.y + face <= trusted.y + trusted.height;
            return inTile && isTrusted && toImage[0] <= 2.82;
          });
          expect(holding.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
