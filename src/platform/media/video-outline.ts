import type { Stream } from 'node-av/lib';
import { AppError } from '../../core/errors.ts';
import type { VideoFacts } from '../../core/video.ts';
import type { Ffmpeg, OpenedVideo } from './ffmpeg.ts';

export interface VideoLimits {
  readonly maxBytes: number;
  readonly maxDurationMs: number;
  readonly maxFps: number;
  /** Longer and shorter side: 1920 and 1080 allow upright videos too. */
  readonly maxLongSide: number;
  readonly maxShortSide: number;
  /** Shorter side. */
  readonly minSide: number;
}

export const defaultVideoLimits: VideoLimits = {
  maxBytes: 64 * 1024 * 1024,
  maxDurationMs: 60_000,
  maxFps: 60,
  maxLongSide: 1920,
  maxShortSide: 1080,
  minSide: 80,
};

/** Cameras round: what is announced as 60 seconds is a little more. */
const toleranceMs = 1_000;

/** What can be known, and refused, before anything is decoded. */
export type VideoOutline = Pick<
  VideoFacts,
  'codec' | 'rotation' | 'declaredDurationMs' | 'declaredFps' | 'hasAudio' | 'writtenBy'
> & {
  /** Timestamps of all frames in ticks of the track, ascending. */
  readonly ticks: readonly number[];
  readonly msPerTick: number;
};

/** Reads through the whole file without decoding. @throws AppError video_… */
export function readOutline(
  av: Ffmpeg,
  { file, track }: OpenedVideo,
  name: string,
  limits: VideoLimits,
): VideoOutline {
  if (!track) {
    throw new AppError('video_unreadable', `\`${name}\`: there is no moving picture in the file`);
  }
  const { codecpar, timeBase, avgFrameRate } = track;
  const codec = codecName(av, codecpar.codecId, name);
  checkSides(codecpar.width, codecpar.height, name, limits);
  const msPerTick = (1_000 * timeBase.num) / timeBase.den;
  const declaredDurationMs =
    ticksToMs(av, track.duration, msPerTick) ?? ticksToMs(av, file.duration, 1 / 1_000);
  if (declaredDurationMs !== undefined) checkDuration(declaredDurationMs, name, limits);
  return {
    codec,
    rotation: rotationOf(av, track),
    declaredDurationMs,
    declaredFps: avgFrameRate.num > 0 ? avgFrameRate.toDouble() : undefined,
    hasAudio: file.streams.some((stream) => stream.codecpar.codecType === av.AVMEDIA_TYPE_AUDIO),
    writtenBy: writtenBy(file.metadata?.getAll(), track.metadata?.getAll()),
    ticks: readTicks(av, { file, track }, msPerTick, name, limits),
    msPerTick,
  };
}

/** The frame's own size may differ from the container's. */
export function checkSides(width: number, height: number, name: string, limits: VideoLimits): void {
  const { maxLongSide, maxShortSide, minSide } = limits;
  const size = `\`${name}\`: ${width} × ${height} pixels`;
  const short = Math.min(width, height);
  if (Math.max(width, height) > maxLongSide || short > maxShortSide) {
    const detail = `${size}; at most ${maxLongSide} × ${maxShortSide} are accepted`;
    throw new AppError('video_too_large', detail);
  }
  if (short < minSide) {
    const detail = `${size}; at least ${minSide} pixels on each side are needed`;
    throw new AppError('video_too_small', detail);
  }
}

function checkDuration(ms: number, name: string, { maxDurationMs }: VideoLimits): void {
  if (ms <= maxDurationMs + toleranceMs) return;
  const limit = `at most ${maxDurationMs / 1_000} seconds are accepted`;
  throw new AppError('video_too_long', `\`${name}\`: ${Math.ceil(ms / 1_000)} seconds; ${limit}`);
}

function codecName(av: Ffmpeg, id: number, name: string): VideoFacts['codec'] {
  if (id === av.AV_CODEC_ID_H264) return 'H264';
  if (id === av.AV_CODEC_ID_VP8) return 'VP8';
  if (id === av.AV_CODEC_ID_VP9) return 'VP9';
  const known = av.Codec.findDecoder(id as never)?.name?.toUpperCase() ?? 'in an unknown format';
  const detail = `\`${name}\`: its pictures are ${known}; send H264, VP8 or VP9`;
  throw new AppError('video_format_unsupported', detail);
}

/** Stops at the first frame that breaks a limit, so that three hours cost no more than one minute. */
function readTicks(
  av: Ffmpeg,
  { file, track }: { file: OpenedVideo['file']; track: Stream },
  msPerTick: number,
  name: string,
  limits: VideoLimits,
): number[] {
  const maxFrames = ((limits.maxDurationMs + toleranceMs) / 1_000) * limits.maxFps;
  const ticks: number[] = [];
  const packet = new av.Packet();
  packet.alloc();
  try {
    while (file.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === track.index) {
        const at = packet.pts === av.AV_NOPTS_VALUE ? packet.dts : packet.pts;
        if (at !== av.AV_NOPTS_VALUE) ticks.push(Number(at));
        checkDuration((ticks.at(-1) ?? 0) * msPerTick - (ticks[0] ?? 0) * msPerTick, name, limits);
      }
      packet.unref();
      if (ticks.length > maxFrames) {
        const detail = `\`${name}\`: more than ${maxFrames} frames; at most ${limits.maxFps} a second are accepted`;
        throw new AppError('video_too_large', detail);
      }
    }
  } finally {
    packet.free();
  }
  return ticks.sort((a, b) => a - b);
}

function ticksToMs(av: Ffmpeg, ticks: bigint, msPerTick: number): number | undefined {
  return ticks === av.AV_NOPTS_VALUE || ticks <= 0n ? undefined : Number(ticks) * msPerTick;
}

/** Display matrix (ISO/IEC 14496-12 §6.2.2): the first two of nine 16.16 numbers hold cosine and sine. */
function rotationOf(av: Ffmpeg, track: Stream): VideoFacts['rotation'] {
  const matrix = track.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 36) return 0;
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return ([0, 90, 180, 270] as const)[(Math.round(degrees / 90) + 4) % 4] ?? 0;
}

/** Place and owner may be in the file too: only these names are taken. */
const writers = [
  'encoder',
  'handler_name',
  'vendor_id',
  'major_brand',
  'compatible_brands',
  'creation_time',
  'com.apple.quicktime.make',
  'com.apple.quicktime.model',
  'com.apple.quicktime.software',
  'com.android.version',
];

function writtenBy(
  ofFile: Record<string, string> = {},
  ofTrack: Record<string, string> = {},
): Record<string, string> {
  const taken = (from: Record<string, string>, prefix: string) =>
    Object.entries(from)
      .map(([key, value]) => [key.toLowerCase(), printable(value)] as const)
      .filter(([key, value]) => writers.includes(key) && value !== '')
      .map(([key, value]) => [`${prefix}${key}`, value] as const);
  return Object.fromEntries([...taken(ofFile, ''), ...taken(ofTrack, 'track_')]);
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '').trim().slice(0, 100);
}
