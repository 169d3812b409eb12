import type { Point } from './image.ts';

/** Symbologies that identity documents carry. */
export const barcodeFormats = ['PDF417', 'QRCode', 'MicroQRCode', 'DataMatrix', 'Aztec'] as const;
export type BarcodeFormat = (typeof barcodeFormats)[number];

/** A symbol that was decoded, its error correction satisfied. */
export interface Barcode {
  readonly format: BarcodeFormat;
  /** As the symbol's character set has it; control characters included. */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Pixels of the picture: top left, top right, bottom right, bottom left of the symbol as it was designed. */
  readonly corners: readonly [Point, Point, Point, Point];
}
