import type { CodecContext, Frame, SoftwareScaleContext, Stream } from 'node-av/lib';
import { AppError } from '../../core/errors.ts';
import type { RgbImage } from '../../core/image.ts';
import type { FrameSampling, VideoFacts, VideoFrame } from '../../core/video.ts';
import { type Ffmpeg, loadFfmpeg, type OpenedVideo, openVideo, setOptions } from './ffmpeg.ts';
import { chooseFrames } from './frame-sampling.ts';
import { turnImage } from './turn-image.ts';
import { sniffVideo, videoEndsEarly } from './video-format.ts';
import {
  checkSides,
  defaultVideoLimits,
  readOutline,
  type VideoLimits,
  type VideoOutline,
} from './video-outline.ts';

/** Gets one frame at a time; the next is decoded when it has resolved. */
export type OnFrame = (frame: VideoFrame) => void | Promise<void>;

/**
 * Decodes H264, VP8 or VP9 in MP4, WebM or Matroska. The file is read through once without decoding, to check the
 * limits and to choose the frames; then the chosen frames are handed out in the order of showing, upright, one at a
 * time. `name` is the input's name in refusals.
 * @throws AppError video_missing | video_format_unsupported | video_too_large | video_too_small | video_too_long |
 * video_unreadable, or what `onFrame` threw
 */
export async function decodeVideo(
  bytes: Uint8Array,
  name: string,
  sampling: FrameSampling,
  onFrame: OnFrame,
  limits: Partial<VideoLimits> = {},
): Promise<VideoFacts> {
  const effective = { ...defaultVideoLimits, ...limits };
  const container = checkFile(bytes, name, effective);
  const av = await loadFfmpeg();
  const open = () => {
    const video = openVideo(av, bytes, container);
    if (!video) throw unreadable(bytes, container, name);
    return video;
  };
  const outline = using(open(), (video) => readOutline(av, video, name, effective));
  const video = open();
  const decoding = new Decoding(av, video, outline, { name, limits: effective, sampling, onFrame });
  try {
    await decoding.run();
  } finally {
    decoding.free();
    video.close();
  }
  if (decoding.timesMs.length === 0) throw unreadable(bytes, container, name);
  return toFacts(container, outline, decoding);
}

interface DecodingOptions {
  readonly name: string;
  readonly limits: VideoLimits;
  readonly sampling: FrameSampling;
  readonly onFrame: OnFrame;
}

/** One pass of a decoder over a track. */
class Decoding {
  readonly timesMs: number[] = [];
  readonly keyFrames: number[] = [];
  damaged = 0;
  /** Of the last good frame, before rotation. */
  size = { width: 0, height: 0 };
  lastDurationMs = 0;
  readonly #av: Ffmpeg;
  readonly #video: OpenedVideo;
  readonly #outline: VideoOutline;
  readonly #options: DecodingOptions;
  readonly #wanted: Set<number>;
  readonly #codec: CodecContext;
  readonly #frame: Frame;
  readonly #scaler: SoftwareScaleContext;

  constructor(av: Ffmpeg, video: OpenedVideo, outline: VideoOutline, options: DecodingOptions) {
    this.#av = av;
    this.#video = video;
    this.#outline = outline;
    this.#options = options;
    const times = outline.ticks.map((tick) => tick * outline.msPerTick);
    const chosen = chooseFrames(times, options.sampling);
    this.#wanted = new Set(chosen.map((index) => outline.ticks[index] ?? 0));
    this.#codec = new av.CodecContext();
    this.#frame = new av.Frame();
    this.#frame.alloc();
    this.#scaler = new av.SoftwareScaleContext();
    this.#scaler.allocContext();
    setOptions(av, this.#scaler, { sws_flags: options.sampling.shrinkBy ?? 'bicubic' });
  }

  async run(): Promise<void> {
    const { track } = this.#video;
    if (!track || !this.#openCodec(track)) return;
    const packet = new this.#av.Packet();
    packet.alloc();
    try {
      while (this.#video.file.readFrameSync(packet) >= 0) {
        if (packet.streamIndex === track.index) {
          if (this.#codec.sendPacketSync(packet) < 0) this.damaged += 1;
          await this.#receive();
        }
        packet.unref();
      }
      this.#codec.sendPacketSync(null);
      await this.#receive();
    } finally {
      packet.free();
    }
  }

  free(): void {
    this.#frame.free();
    this.#scaler.freeContext();
    this.#codec.freeContext();
  }

  #openCodec({ codecpar, timeBase }: Stream): boolean {
    const av = this.#av;
    const decoder = av.Codec.findDecoder(codecpar.codecId);
    if (!decoder) throw new Error(`FFmpeg was built without ${this.#outline.codec}`);
    this.#codec.allocContext3(decoder);
    this.#codec.parametersToContext(codecpar);
    this.#codec.pktTimebase = timeBase;
    const { maxLongSide, maxShortSide } = this.#options.limits;
    setOptions(av, this.#codec, {
      threads: 1,
      // Coded sizes are multiples of 16; a stream that asks for more than that gets no memory.
      max_pixels: (maxLongSide + 16) * (maxShortSide + 16),
      // Frames come in the order of showing even where the stream does not announce its reordering.
      strict: 'strict',
    });
    return this.#codec.open2Sync(decoder) >= 0;
  }

  async #receive(): Promise<void> {
    while (this.#codec.receiveFrameSync(this.#frame) >= 0) {
      const { index, isGood } = this.#note(this.#frame);
      const tick = Number(this.#frame.bestEffortTimestamp);
      if (isGood && this.#wanted.has(tick)) {
        const image = turnImage(this.#toRgb(this.#frame), this.#outline.rotation);
        await this.#options.onFrame({ index, timeMs: this.timesMs[index] ?? 0, image });
      }
      this.#frame.unref();
    }
    // Memory of frames is given back by the event loop, and a parent's death is noticed there.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #note(frame: Frame): { index: number; isGood: boolean } {
    const { name, limits } = this.#options;
    const { msPerTick, ticks } = this.#outline;
    const isGood =
      frame.decodeErrorFlags === 0 && (frame.flags & this.#av.AV_FRAME_FLAG_CORRUPT) === 0;
    const index = this.timesMs.length;
    this.timesMs.push((Number(frame.bestEffortTimestamp) - (ticks[0] ?? 0)) * msPerTick);
    this.lastDurationMs = Number(frame.duration) * msPerTick;
    if (frame.hasFlags(this.#av.AV_FRAME_FLAG_KEY)) this.keyFrames.push(index);
    if (isGood) {
      checkSides(frame.width, frame.height, name, limits);
      this.size = { width: frame.width, height: frame.height };
    } else this.damaged += 1;
    return { index, isGood };
  }

  #toRgb(frame: Frame): RgbImage {
    const { maxSide = Number.POSITIVE_INFINITY } = this.#options.sampling;
    const shrink = Math.min(1, maxSide / Math.max(frame.width, frame.height));
    const width = Math.max(1, Math.round(frame.width * shrink));
    const height = Math.max(1, Math.round(frame.height * shrink));
    const rgb = new this.#av.Frame();
    rgb.alloc();
    try {
      rgb.width = width;
      rgb.height = height;
      rgb.format = this.#av.AV_PIX_FMT_RGB24;
      if (rgb.getBuffer(1) < 0 || this.#scaler.scaleFrameSync(rgb, frame) < 0) {
        throw new Error(`FFmpeg cannot convert a frame of pixel format ${frame.format}`);
      }
      return { data: rgb.toBuffer(), width, height };
    } finally {
      rgb.free();
    }
  }
}

function toFacts(
  container: VideoFacts['container'],
  outline: VideoOutline,
  { timesMs, keyFrames, damaged, size, lastDurationMs }: Decoding,
): VideoFacts {
  const { codec, rotation, declaredDurationMs, declaredFps, hasAudio, writtenBy } = outline;
  const span = (timesMs.at(-1) ?? 0) - (timesMs[0] ?? 0);
  const isSideways = rotation === 90 || rotation === 270;
  return {
    container,
    codec,
    width: isSideways ? size.height : size.width,
    height: isSideways ? size.width : size.height,
    rotation,
    declaredDurationMs,
    durationMs: span + lastDurationMs,
    declaredFps,
    measuredFps: span > 0 ? ((timesMs.length - 1) * 1_000) / span : 0,
    timesMs,
    keyFrames,
    damagedFrames: damaged,
    hasAudio,
    writtenBy,
  };
}

function checkFile(
  bytes: Uint8Array,
  name: string,
  { maxBytes }: VideoLimits,
): VideoFacts['container'] {
  if (bytes.length === 0) {
    throw new AppError('video_missing', `\`${name}\`: the file is empty (0 bytes); send a video`);
  }
  if (bytes.length > maxBytes) {
    const [size, limit] = [bytes.length, maxBytes].map((n) => Math.ceil(n / (1024 * 1024)));
    const detail = `\`${name}\`: ${size} MB; at most ${limit} MB are accepted`;
    throw new AppError('video_too_large', detail);
  }
  const sniffed = sniffVideo(bytes);
  if (sniffed.accepted) {
    // Half a recording decodes well, up to the half: it would be judged as if the rest had never been.
    if (videoEndsEarly(bytes, sniffed.container)) throw unreadable(bytes, sniffed.container, name);
    return sniffed.container;
  }
  const detail = `\`${name}\`: this is ${sniffed.what}; send MP4, WebM or Matroska`;
  throw new AppError('video_format_unsupported', detail);
}

function unreadable(bytes: Uint8Array, container: VideoFacts['container'], name: string): AppError {
  const fault = videoEndsEarly(bytes, container)
    ? 'the file ends in the middle; send it complete'
    : `the ${container} data is damaged; send the original recording`;
  return new AppError('video_unreadable', `\`${name}\`: ${fault}`);
}

function using<T>(video: OpenedVideo, work: (video: OpenedVideo) => T): T {
  try {
    return work(video);
  } finally {
    video.close();
  }
}
