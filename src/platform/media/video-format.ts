import type { VideoFacts } from '../../core/video.ts';
import { sniffFormat } from './image-format.ts';
import { isoBrands, isoEndsEarly } from './iso-media.ts';

type Container = VideoFacts['container'];

export type SniffedVideo =
  | { readonly accepted: true; readonly container: Container }
  /** `what` completes the sentence "this is …". */
  | { readonly accepted: false; readonly what: string };

/** Decides by content alone. */
export function sniffVideo(bytes: Uint8Array): SniffedVideo {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  // EBML header (RFC 8794 §11.2); its document type is among the first elements.
  if (head.startsWith('\x1a\x45\xdf\xa3')) {
    return { accepted: true, container: head.includes('webm') ? 'WebM' : 'Matroska' };
  }
  const picture = sniffFormat(bytes);
  if (picture.accepted) return { accepted: false, what: `a picture (${picture.format})` };
  if (picture.what === 'a video' && isoBrands(bytes)) return { accepted: true, container: 'MP4' };
  const stranger = strangers.find(([, start]) => start.test(head));
  return { accepted: false, what: stranger?.[0] ?? picture.what.replace('picture', 'video') };
}

/** Whether the file stops before its container says that it ends; unknown for streamed containers. */
export function videoEndsEarly(bytes: Uint8Array, container: Container): boolean {
  return container === 'MP4' && isoEndsEarly(bytes);
}

const strangers: readonly (readonly [what: string, start: RegExp])[] = [
  ['an AVI', /^RIFF[\s\S]{4}AVI /],
  ['a Flash video', /^FLV/],
  ['an Ogg file', /^OggS/],
  ['a Windows Media file', /^0&\xb2u/],
  ['a playlist', /^#EXTM3U|^ffconcat|^v=0/],
  ['a sound file', /^(ID3|fLaC|RIFF[\s\S]{4}WAVE|\xff[\xfb\xf3\xf2])/],
];
