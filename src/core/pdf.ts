import type { TextPicture, TextWord } from './text.ts';

/** A page as it is to be read: words of its text layer, or what it looks like. */
export interface PdfPage {
  /** Points of 1/72 inch. */
  readonly width: number;
  readonly height: number;
  /** In points from the top left, confidence 100; empty where the page has no text layer. */
  readonly words: readonly TextWord[];
  /** The page drawn, only where it has no text layer. */
  readonly picture?: TextPicture | undefined;
}

export interface PdfFile {
  /** Of the whole file. */
  readonly pageCount: number;
  /** The first pages, at most `pdfLimits.pagesRead`. */
  readonly pages: readonly PdfPage[];
  /** What the file says of itself. */
  readonly producer?: string | undefined;
}

export const pdfLimits = {
  maxBytes: 15 * 1024 * 1024,
  /** A bill has a few; a book is none. */
  maxPages: 10,
  pagesRead: 2,
  /** Points that a side of a page may have: a receipt's width to A0's height of 3,370. */
  minSide: 72,
  maxSide: 4_000,
} as const;
