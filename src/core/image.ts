/** Interleaved 8-bit sRGB, row by row from the top left; `data.length === width * height * 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Axis-aligned box in pixels of the image it belongs to; may reach beyond its edges. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels, x to the right and y down, centre of the first pixel at (0.5, 0.5). */
export interface Point {
  readonly x: number;
  readonly y: number;
}
