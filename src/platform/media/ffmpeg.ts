import '../../core/polyfill.ts';
import type * as Constants from 'node-av/constants';
import type * as Lib from 'node-av/lib';
import type { VideoFacts } from '../../core/video.ts';

export type Ffmpeg = typeof Lib & typeof Constants;

let loading: Promise<Ffmpeg> | undefined;

/** FFmpeg costs 30 MB and 50 ms, which only those pay who see a video. It writes nothing to the terminal. */
export function loadFfmpeg(): Promise<Ffmpeg> {
  loading ??= Promise.all([import('node-av/lib'), import('node-av/constants')]).then(
    ([lib, constants]) => {
      lib.Log.setLevel(constants.AV_LOG_QUIET);
      return { ...lib, ...constants };
    },
  );
  return loading;
}

/**
 * Sets options by name; a name that this build does not know is a fault of ours. Dictionaries would do the same, but
 * node-av 6 frees those that FFmpeg has consumed a second time.
 */
export function setOptions(
  av: Ffmpeg,
  target: Pick<Lib.CodecContext, 'setOption'>,
  options: Readonly<Record<string, string | number>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    av.FFmpegError.throwIfError(target.setOption(name, String(value)), `option ${name}`);
  }
}

/** Bytes that FFmpeg asks of its source at a time. Small, because node-av 6 never gives this buffer back. */
export const ioBufferBytes = 4_096;

export interface OpenedVideo {
  readonly file: Lib.FormatContext;
  /** The first track with moving pictures. */
  readonly track: Lib.Stream | undefined;
  close(): void;
}

const demuxers = { MP4: 'mov', WebM: 'matroska', Matroska: 'matroska' } as const;

/**
 * Opens a file in memory with one demuxer and no access to any other file. Undefined when its head cannot be read.
 * Synchronous on purpose: with asynchronous calls node-av 6 crashes when its reading callbacks live in JavaScript.
 */
export function openVideo(
  av: Ffmpeg,
  bytes: Uint8Array,
  container: VideoFacts['container'],
): OpenedVideo | undefined {
  const file = new av.FormatContext();
  file.allocContext();
  const source = memorySource(av, bytes);
  file.pb = source;
  file.setFlags(av.AVFMT_FLAG_CUSTOM_IO);
  setOptions(av, file, { protocol_whitelist: 'none', max_streams: 8 });
  const opened = file.openInputSync('', av.InputFormat.findInputFormat(demuxers[container]));
  const close = () => {
    // The file keeps its source until it is closed: node-av 6 closes a file without tracks twice otherwise.
    file.closeInputSync();
    source.freeContext();
  };
  if (opened < 0) {
    close();
    return undefined;
  }
  return { file, track: file.streams.find((stream) => isMoving(av, stream)), close };
}

/** Cover pictures are video tracks of one frame; they do not count. */
function isMoving(av: Ffmpeg, stream: Lib.Stream): boolean {
  const isCover = (stream.disposition & av.AV_DISPOSITION_ATTACHED_PIC) !== 0;
  return stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && !isCover;
}

function memorySource(av: Ffmpeg, bytes: Uint8Array): Lib.IOContext {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const source = new av.IOContext();
  let position = 0;
  const read = (size: number) => {
    if (position >= file.length) return null;
    const chunk = file.subarray(position, position + size);
    position += chunk.length;
    return chunk;
  };
  const seek = (offset: bigint, whence: number) => {
    if (whence === av.AVSEEK_SIZE) return BigInt(file.length);
    const from = whence === av.AVSEEK_CUR ? position : whence === av.AVSEEK_END ? file.length : 0;
    position = Math.max(0, Math.min(from + Number(offset), file.length));
    return BigInt(position);
  };
  source.allocContextWithCallbacks(ioBufferBytes, 0, read, null, seek);
  return source;
}
