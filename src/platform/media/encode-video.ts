import type {
  CodecContext,
  FormatContext,
  IOContext,
  SoftwareScaleContext,
  Stream,
} from 'node-av/lib';
import type { RgbImage } from '../../core/image.ts';
import type { VideoEncoder, VideoEncoding } from '../../core/video.ts';
import { type Ffmpeg, ioBufferBytes, loadFfmpeg, setOptions } from './ffmpeg.ts';

/** A light video, made frame by frame while another one is decoded. */
export async function createVideoEncoder(options: VideoEncoding): Promise<VideoEncoder> {
  return new Encoding(await loadFfmpeg(), options);
}

const flavours = {
  VP9: { encoder: 'libvpx-vp9', container: 'webm', realtime: { 'cpu-used': 8, 'row-mt': 0 } },
  VP8: { encoder: 'libvpx', container: 'webm', realtime: { 'cpu-used': 8 } },
  H264: { encoder: 'libx264', container: 'mp4', realtime: { preset: 'veryfast' } },
} as const;

/** Ticks of a thousandth second. */
const timeBase = { num: 1, den: 1_000 };

const lastFrameMs = 33n;

class Encoding implements VideoEncoder {
  readonly #av: Ffmpeg;
  readonly #file: FormatContext;
  readonly #sink: MemorySink;
  readonly #io: IOContext;
  readonly #codec: CodecContext;
  readonly #track: Stream;
  readonly #scaler: SoftwareScaleContext;
  #isFreed = false;

  constructor(av: Ffmpeg, options: VideoEncoding) {
    this.#av = av;
    const flavour = flavours[options.codec ?? 'VP9'];
    this.#codec = openEncoder(av, flavour, options);
    this.#scaler = new av.SoftwareScaleContext();
    this.#scaler.allocContext();
    this.#sink = new MemorySink();
    this.#io = this.#sink.open(av);
    this.#file = new av.FormatContext();
    this.#file.allocOutputContext2(null, flavour.container, null);
    this.#file.pb = this.#io;
    this.#file.setFlags(av.AVFMT_FLAG_CUSTOM_IO);
    this.#track = this.#file.newStream(null);
    this.#track.codecpar.fromContext(this.#codec);
    this.#track.timeBase = new av.Rational(timeBase.num, timeBase.den);
    av.FFmpegError.throwIfError(this.#file.writeHeaderSync(null), 'write header');
  }

  add({ image, timeMs }: { image: RgbImage; timeMs: number }): void {
    const av = this.#av;
    const { data, width, height } = image;
    const pixels = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const rgb = av.Frame.fromVideoBuffer(pixels, { width, height, format: av.AV_PIX_FMT_RGB24 });
    const yuv = new av.Frame();
    yuv.alloc();
    try {
      yuv.width = this.#codec.width;
      yuv.height = this.#codec.height;
      yuv.format = av.AV_PIX_FMT_YUV420P;
      av.FFmpegError.throwIfError(yuv.getBuffer(0), 'frame buffer');
      av.FFmpegError.throwIfError(this.#scaler.scaleFrameSync(yuv, rgb), 'convert');
      yuv.pts = BigInt(Math.round(timeMs));
      // Counts for the last frame only: MP4 drops one that lasts no time.
      yuv.duration = lastFrameMs;
      av.FFmpegError.throwIfError(this.#codec.sendFrameSync(yuv), 'encode');
    } finally {
      yuv.free();
      rgb.free();
    }
    this.#write();
  }

  finish(): Uint8Array {
    try {
      this.#codec.sendFrameSync(null);
      this.#write();
      this.#av.FFmpegError.throwIfError(this.#file.writeTrailerSync(), 'write trailer');
      this.#io.flushSync();
      return this.#sink.bytes();
    } finally {
      this.abort();
    }
  }

  abort(): void {
    if (this.#isFreed) return;
    this.#isFreed = true;
    this.#file.pb = null;
    this.#file.freeContext();
    this.#io.freeContext();
    this.#codec.freeContext();
    this.#scaler.freeContext();
  }

  #write(): void {
    const packet = new this.#av.Packet();
    packet.alloc();
    try {
      while (this.#codec.receivePacketSync(packet) >= 0) {
        packet.streamIndex = this.#track.index;
        packet.rescaleTs(timeBase, this.#track.timeBase);
        const written = this.#file.interleavedWriteFrameSync(packet);
        this.#av.FFmpegError.throwIfError(written, 'write frame');
        packet.unref();
      }
    } finally {
      packet.free();
    }
  }
}

function openEncoder(
  av: Ffmpeg,
  flavour: (typeof flavours)[keyof typeof flavours],
  { width, height, quality = 36 }: VideoEncoding,
): CodecContext {
  const encoder = av.Codec.findEncoderByName(flavour.encoder as never);
  if (!encoder) throw new Error(`FFmpeg was built without ${flavour.encoder}`);
  const codec = new av.CodecContext();
  codec.allocContext3(encoder);
  codec.width = width - (width % 2);
  codec.height = height - (height % 2);
  codec.pixelFormat = av.AV_PIX_FMT_YUV420P;
  codec.timeBase = new av.Rational(timeBase.num, timeBase.den);
  codec.gopSize = 120;
  codec.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER, av.AV_CODEC_FLAG_FRAME_DURATION);
  const isVpx = flavour.container === 'webm';
  setOptions(av, codec, {
    threads: 1,
    // x264 counts to 51.
    crf: isVpx ? quality : Math.round((quality * 51) / 63),
    ...(isVpx && { deadline: 'realtime', 'lag-in-frames': 0, b: 0 }),
    ...flavour.realtime,
  });
  const opened = codec.open2Sync(encoder);
  av.FFmpegError.throwIfError(opened, `open ${flavour.encoder}`);
  return codec;
}

/** A file in memory that can be written at any place. */
class MemorySink {
  #buffer = Buffer.alloc(256 * 1024);
  #size = 0;
  #position = 0;

  open(av: Ffmpeg): IOContext {
    const io = new av.IOContext();
    const seek = (offset: bigint, whence: number) => {
      if (whence === av.AVSEEK_SIZE) return BigInt(this.#size);
      const isCurrent = whence === av.AVSEEK_CUR;
      const from = isCurrent ? this.#position : whence === av.AVSEEK_END ? this.#size : 0;
      this.#position = Math.max(0, from + Number(offset));
      return BigInt(this.#position);
    };
    io.allocContextWithCallbacks(ioBufferBytes, 1, null, (chunk) => this.#write(chunk), seek);
    return io;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#buffer.subarray(0, this.#size));
  }

  #write(chunk: Buffer): number {
    const end = this.#position + chunk.length;
    if (end > this.#buffer.length) {
      const grown = Buffer.alloc(2 ** Math.ceil(Math.log2(end)));
      this.#buffer.copy(grown);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#position);
    this.#position = end;
    this.#size = Math.max(this.#size, end);
    return chunk.length;
  }
}
