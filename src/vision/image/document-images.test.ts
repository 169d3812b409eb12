import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findComponents } from './components.ts';
import { grayLevels, resizeGray, warpGray } from './gray-levels.ts';
import { findInk } from './ink.ts';

/** `#` is ink. */
function mask(rows: readonly string[]) {
  const data = Uint8Array.from(rows.join(''), (char) => (char === '#' ? 1 : 0));
  return { data, width: rows[0]?.length ?? 0, height: rows.length };
}

describe('components', () => {
  it('join across corners and late bridges, and keep their boxes', () => {
    const { data, width, height } = mask(['#.#..', '#.#.#', '###..', '....#']);
    const found = findComponents(data, width, height).sort((a, b) => b.area - a.area);
    expect(found).toHaveLength(3);
    expect(found[0]).toEqual({ left: 0, top: 0, right: 3, bottom: 3, area: 7, x: 1.5, y: 23 / 14 });
  });

  it('cover every pixel of ink once', () => {
    const picture = fc.array(fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(picture, (rows) => {
        const data = Uint8Array.from(rows.flat(), Number);
        const total = findComponents(data, 9, rows.length).reduce((sum, { area }) => sum + area, 0);
        expect(total).toBe(data.reduce((sum, value) => sum + value, 0));
      }),
    );
  });
});

describe('ink', () => {
  it('is what is darker than its surroundings, on bright and on dim paper', () => {
    const data = Uint8Array.from({ length: 60 * 20 }, (_, i) => {
      const paper = i % 60 < 30 ? 220 : 90;
      return i % 60 === 10 || i % 60 === 48 ? paper - 60 : paper;
    });
    const ink = findInk({ data, width: 60, height: 20 }, 5);
    const columns = Array.from({ length: 60 }, (_, x) => ink[10 * 60 + x]);
    expect(columns[10]).toBe(1);
    expect(columns[48]).toBe(1);
    expect(columns[20]).toBe(0);
    expect(columns[55]).toBe(0);
  });
});

describe('grey levels', () => {
  it('keep an even picture even at any size and angle', () => {
    const levels = grayLevels({
      data: new Uint8Array(300 * 200).fill(77),
      width: 300,
      height: 200,
    });
    expect([0, 1, 2].map((n) => levels.level(n).width)).toEqual([300, 150, 75]);
    expect(levels.last).toBe(2);
    for (const [width, height] of [
      [700, 500],
      [90, 40],
      [299, 1],
    ] as const) {
      expect(new Set(resizeGray(levels, width, height).data)).toEqual(new Set([77]));
    }
    const warped = warpGray(levels, [3, 1, -20, -1, 3, 10], 50, 40);
    expect([...new Set(warped)]).toEqual([77]);
  });

  it('put a step where it belongs', () => {
    const data = Uint8Array.from({ length: 100 * 40 }, (_, i) => (i % 100 < 50 ? 0 : 200));
    const { data: out } = resizeGray(grayLevels({ data, width: 100, height: 40 }), 250, 100);
    expect(out[100 * 50 + 120]).toBeLessThan(30);
    expect(out[250 * 50 + 118]).toBe(0);
    expect(out[250 * 50 + 132]).toBe(200);
  });
});
