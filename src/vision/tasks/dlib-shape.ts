import type { Point } from '../../core/image.ts';

/** A face part as the centroid of mesh points, and where it shall lie in the unit square. */
export interface Anchor {
  readonly mesh: readonly number[];
  readonly at: Point;
}

/** Room around the mean shape, as a fraction of its side. */
const PADDING = 0.2;

/**
 * dlib's 68-point numbering: [point, mesh point that stands for it, mean x, mean y] in the unit square
 * (dlib `get_face_chip_details`). Jaw, brows and lower lip are left out, as in dlib: they move most.
 */
const MEAN_SHAPE: readonly (readonly [number, number, number, number])[] = [
  [27, 168, 0.490127, 0.203352],
  [28, 197, 0.490127, 0.307009],
  [29, 5, 0.490127, 0.409805],
  [30, 4, 0.490127, 0.515625],
  [31, 75, 0.36688, 0.587326],
  [32, 97, 0.426036, 0.609345],
  [33, 2, 0.490127, 0.628106],
  [34, 326, 0.554217, 0.609345],
  [35, 305, 0.613373, 0.587326],
  [36, 33, 0.121737, 0.216423],
  [37, 160, 0.187122, 0.178758],
  [38, 158, 0.265825, 0.179852],
  [39, 133, 0.334606, 0.231733],
  [40, 153, 0.260918, 0.245099],
  [41, 144, 0.182743, 0.244077],
  [42, 362, 0.645647, 0.231733],
  [43, 385, 0.714428, 0.179852],
  [44, 387, 0.793132, 0.178758],
  [45, 263, 0.858516, 0.216423],
  [46, 373, 0.79751, 0.244077],
  [47, 380, 0.719335, 0.245099],
  [48, 61, 0.254149, 0.780233],
  [49, 39, 0.340985, 0.745405],
  [50, 37, 0.428858, 0.727388],
  [51, 0, 0.490127, 0.742578],
  [52, 267, 0.551395, 0.727388],
  [53, 269, 0.639268, 0.745405],
  [54, 291, 0.726104, 0.780233],
  [60, 78, 0.290379, 0.784792],
  [61, 82, 0.428096, 0.778746],
  [62, 13, 0.490127, 0.785343],
  [63, 312, 0.552157, 0.778746],
  [64, 308, 0.689874, 0.784792],
];

/** The alignment of dlib's 150-pixel face chip. */
export const dlibChip: readonly Anchor[] = MEAN_SHAPE.map(([, mesh, x, y]) => ({
  mesh: [mesh],
  at: { x: (x + PADDING) / (1 + 2 * PADDING), y: (y + PADDING) / (1 + 2 * PADDING) },
}));
