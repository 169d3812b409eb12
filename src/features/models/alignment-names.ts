import { AppError } from '../../core/errors.ts';

/**
 * How manifests describe a crop in words, and the name under which the face tasks know it.
 * Coordinates are part of the pattern: other points would be another alignment.
 */
const descriptions: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /^arcface-5pt-112$/, name: 'arcface-112' },
  {
    pattern:
      /^similarity to 5 points \[0?\.31557,0?\.46157\],\[0?\.68262,0?\.45983\],\[0?\.50026,0?\.64051\],\[0?\.34947,0?\.82469\],\[0?\.65344,0?\.82325\] x128\b/,
    name: 'retail-128',
  },
  {
    pattern:
      /^similarity: eyes \[0?\.3419,0?\.4616\],\[0?\.6565,0?\.4598\], mouth centre \[0?\.5012,0?\.8240?\] x96$/,
    name: 'eyes-mouth-96',
  },
  { pattern: /^face box x2\.7\b/, name: 'box-2.7' },
  { pattern: /^face box x4\.0\b/, name: 'box-4.0' },
  { pattern: /^square, max side of box x1\.5, reflect-101 padding$/, name: 'box-1.5' },
  { pattern: /^long side 1280\b/, name: 'long-side-1280' },
];

/** Names that need no translation. `vision/tasks/align-face.ts` carries out those of faces. */
const names = new Set([
  'square-256',
  'mesh-crop-1.5',
  'dlib-150',
  'box-1.4',
  'line-32',
  ...descriptions.map(({ name }) => name),
]);

/** @throws AppError model_manifest_invalid when no task can make that crop */
export function parseAlignment(text: string): string {
  if (names.has(text)) return text;
  const found = descriptions.find(({ pattern }) => pattern.test(text));
  if (found) return found.name;
  throw new AppError(
    'model_manifest_invalid',
    `input.align "${text}" is not an alignment that a task can make; known are ${[...names].join(', ')}`,
  );
}
