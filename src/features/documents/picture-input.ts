import type { RgbImage } from '../../core/image.ts';

/** A JPEG, PNG, WebP or AVIF file, or pixels: frames of a video need no second decoding. */
export type PictureInput = { readonly bytes: Uint8Array } | { readonly image: RgbImage };
