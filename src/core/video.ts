import type { RgbImage } from './image.ts';

/** Which frames of a video are worth converting; without any limit all of them. */
export interface FrameSampling {
  /** At most this many, spread evenly over the whole video. */
  readonly maxFrames?: number;
  /** At most this many a second. */
  readonly fps?: number;
  /** Longer side in pixels; larger frames are shrunk. */
  readonly maxSide?: number;
  /** How they are shrunk: `bicubic` keeps more of what is fine, `bilinear` takes two thirds of the time. */
  readonly shrinkBy?: 'bicubic' | 'bilinear';
}

export interface VideoFrame {
  /** Position among all frames of the video, from 0, in the order of showing. */
  readonly index: number;
  /** Since the first frame. */
  readonly timeMs: number;
  /** Upright: the rotation that the container asks for is applied. */
  readonly image: RgbImage;
}

/** What the file says of itself, and what reading it showed. */
export interface VideoFacts {
  readonly container: 'MP4' | 'WebM' | 'Matroska';
  readonly codec: 'H264' | 'VP8' | 'VP9';
  /** As shown, after rotation. */
  readonly width: number;
  readonly height: number;
  /** Degrees clockwise that the container asks for. */
  readonly rotation: 0 | 90 | 180 | 270;
  /** As the container declares it; live recordings declare nothing. */
  readonly declaredDurationMs: number | undefined;
  /** From the first frame to the end of the last one, by their timestamps. */
  readonly durationMs: number;
  readonly declaredFps: number | undefined;
  readonly measuredFps: number;
  /** Start of each frame since the first one, ascending. */
  readonly timesMs: readonly number[];
  /** Indices of the frames that can be decoded without another. */
  readonly keyFrames: readonly number[];
  /** Frames that could not be decoded without error; none of them is handed out. */
  readonly damagedFrames: number;
  readonly hasAudio: boolean;
  /** Names that recording software left in the file: muxer, encoder, handler, brands, creation time. */
  readonly writtenBy: Readonly<Record<string, string>>;
}

export interface VideoEncoding {
  /** Pixels; odd sizes lose their last column or row. */
  readonly width: number;
  readonly height: number;
  /** VP9 and VP8 become WebM, H264 MP4. */
  readonly codec?: VideoFacts['codec'];
  /** 0 (best) … 63; 36 is good enough to see what happened. */
  readonly quality?: number;
}

export interface VideoEncoder {
  /** Times ascend. Other sizes than the encoder's are scaled to it. */
  add(frame: { readonly image: RgbImage; readonly timeMs: number }): void;
  /** The complete file; the encoder is spent. */
  finish(): Uint8Array;
  /** Gives the memory back without an answer; harmless after `finish`. */
  abort(): void;
}
