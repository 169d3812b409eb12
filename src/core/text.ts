import type { Box } from './image.ts';

/** One byte per pixel, row by row: 0 is black. */
export interface TextPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** `page`: text anywhere on the picture, in no order. `line`: the picture is one line of text. */
export type TextLayout = 'page' | 'line';

export interface TextWord {
  readonly text: string;
  /** Pixels of the picture. */
  readonly box: Box;
  /** 0–100, as the reader says it. */
  readonly confidence: number;
}
