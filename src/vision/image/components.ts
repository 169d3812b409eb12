import type { InkMask } from './ink.ts';

/** A connected patch of ink. Box in pixels, edges inclusive-exclusive; centre is the centroid of its pixels. */
export interface Component {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
  readonly x: number;
  readonly y: number;
}

/** Horizontal stretch of ink in one row: columns from…to−1. */
interface Runs {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly row: Int32Array;
  readonly count: number;
}

/** 8-connected components by union–find over runs (Rosenfeld & Pfaltz 1966). */
export function findComponents(mask: InkMask, width: number, height: number): Component[] {
  const runs = findRuns(mask, width, height);
  const parent = joinRuns(runs);
  const boxes = new Map<number, Mutable>();
  for (let i = 0; i < runs.count; i++) {
    const root = find(parent, i);
    let box = boxes.get(root);
    if (!box) {
      box = { left: width, top: height, right: 0, bottom: 0, area: 0, x: 0, y: 0 };
      boxes.set(root, box);
    }
    addRun(box, runs.from[i] as number, runs.to[i] as number, runs.row[i] as number);
  }
  for (const box of boxes.values()) {
    box.x /= box.area;
    box.y /= box.area;
  }
  return [...boxes.values()];
}

type Mutable = { -readonly [K in keyof Component]: Component[K] };

function addRun(box: Mutable, from: number, to: number, row: number): void {
  const length = to - from;
  box.left = Math.min(box.left, from);
  box.right = Math.max(box.right, to);
  box.top = Math.min(box.top, row);
  box.bottom = Math.max(box.bottom, row + 1);
  box.area += length;
  box.x += (length * (from + to)) / 2;
  box.y += length * (row + 0.5);
}

function findRuns(mask: InkMask, width: number, height: number): Runs {
  const from: number[] = [];
  const to: number[] = [];
  const row: number[] = [];
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    for (let i = y * width; i < end; i++) {
      if (mask[i] === 0) continue;
      const start = i;
      while (i < end && mask[i] !== 0) i++;
      from.push(start - y * width);
      to.push(i - y * width);
      row.push(y);
    }
  }
  return {
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    row: Int32Array.from(row),
    count: from.length,
  };
}

/** Joins each run with those of the row above that touch it, corners included. */
function joinRuns({ from, to, row, count }: Runs): Int32Array {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  let above = 0;
  for (let i = 0; i < count; i++) {
    const y = row[i] as number;
    while (above < i && (row[above] as number) < y - 1) above++;
    let j = above;
    while (j < i && row[j] === y - 1 && (to[j] as number) < (from[i] as number)) j++;
    above = j;
    while (j < i && row[j] === y - 1 && (from[j] as number) <= (to[i] as number)) {
      const a = find(parent, i);
      const b = find(parent, j);
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
      j++;
    }
  }
  return parent;
}

function find(parent: Int32Array, i: number): number {
  let node = i;
  while (parent[node] !== node) {
    parent[node] = parent[parent[node] as number] as number;
    node = parent[node] as number;
  }
  return node;
}
