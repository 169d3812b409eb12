import type { ModelRef } from '../../core/model.ts';
import type { VideoFacts } from '../../core/video.ts';
import type { FaceEmbedding } from '../../vision/tasks/embed-face.ts';
import type { FrameFacts } from '../../vision/tasks/frame-facts.ts';
import type { Pose } from '../../vision/tasks/pose.ts';

/**
 * A recording as facts. It holds what identifies a person (embeddings, small pictures of the face): it lives
 * inside one computation and is never stored or logged.
 */
export interface Track {
  /** The sampled frames in the order of showing. */
  readonly frames: readonly TrackFrame[];
  /** Of every frame of the recording, also of those that were not sampled, ascending. */
  readonly timesMs: readonly number[];
  readonly video: Pick<
    VideoFacts,
    'width' | 'height' | 'durationMs' | 'damagedFrames' | 'keyFrames' | 'writtenBy'
  >;
  /** What surrounds and overlies the face at chosen moments. */
  readonly looks: readonly TrackLook[];
  /** The face at chosen moments of the recording, first to last. */
  readonly identities: readonly FaceEmbedding[];
  /** The most faces that the detector saw at once. */
  readonly mostFaces: number;
  readonly models: readonly ModelRef[];
  readonly timings: TrackTimings;
}

export interface TrackFrame {
  /** Since the first frame of the recording. */
  readonly timeMs: number;
  /** The whole frame as a tiny picture: `THUMB_SIDE` squared. */
  readonly thumb: Uint8Array;
  /** Absent where there is no face. */
  readonly face?: TrackedFace;
}

export interface TrackedFace extends Omit<FrameFacts, 'thumb'> {
  /** 468 × (x, y, z), pixels of the sampled frame. */
  readonly points: Float32Array;
  readonly pose: Pose;
  /** 0…1: that this is a face at all. */
  readonly flag: number;
}

/** Traces of a picture of a picture: see `rasterPeak` and `frameAround`. */
export interface TrackLook {
  readonly timeMs: number;
  readonly raster: number;
  readonly frame: number;
}

export interface TrackTimings {
  readonly cpuMs: number;
  readonly wallMs: number;
}
