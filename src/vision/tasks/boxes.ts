import type { Box } from '../../core/image.ts';

/** Area that two boxes share. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** Intersection over union, 0…1. */
export function iou(a: Box, b: Box): number {
  const shared = overlap(a, b);
  return shared === 0 ? 0 : shared / (a.width * a.height + b.width * b.height - shared);
}

/** Shared area over that of the smaller box, 0…1: 1 when one lies inside the other. */
export function containment(a: Box, b: Box): number {
  const shared = overlap(a, b);
  return shared === 0 ? 0 : shared / Math.min(a.width * a.height, b.width * b.height);
}

/** Greedy non-maximum suppression: what overlaps something better is dropped. Best first. */
export function suppress<T extends { readonly box: Box }>(
  items: readonly T[],
  most: number,
  score: (item: T) => number,
  measure: (a: Box, b: Box) => number = iou,
): T[] {
  const kept: T[] = [];
  for (const item of [...items].sort((a, b) => score(b) - score(a))) {
    if (kept.every((other) => measure(item.box, other.box) <= most)) kept.push(item);
  }
  return kept;
}
