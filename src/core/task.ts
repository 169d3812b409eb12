import type { Barcode } from './barcode.ts';
import type { RgbImage } from './image.ts';
import type { InferenceSession, ModelRole } from './model.ts';
import type { PdfFile } from './pdf.ts';
import type { TextLayout, TextPicture, TextWord } from './text.ts';
import type {
  FrameSampling,
  VideoEncoder,
  VideoEncoding,
  VideoFacts,
  VideoFrame,
} from './video.ts';

/** What a task may use besides its input. The vision process hands in the adapters; tests hand in theirs. */
export interface TaskPorts {
  /**
   * Decodes JPEG, PNG, WebP or AVIF; EXIF orientation applied, alpha flattened onto white, sRGB.
   * `name` is the input's name in refusals (`source`, `selfie`, …). `minSide` pixels are the least that is accepted,
   * 80 unless said otherwise.
   * @throws AppError image_too_large | image_too_small | image_format_unsupported | image_unreadable
   */
  decodeImage(
    bytes: Uint8Array,
    name: string,
    limits?: { readonly minSide: number },
  ): Promise<RgbImage>;
  /**
   * Decodes H264, VP8 or VP9 in MP4, WebM or Matroska, up to 60 seconds of 1920 × 1080, and hands out the chosen frames
   * one at a time, upright, in the order of showing.
   * @throws AppError video_missing | video_format_unsupported | video_too_large | video_too_small | video_too_long |
   * video_unreadable, or what `onFrame` threw
   */
  decodeVideo(
    bytes: Uint8Array,
    name: string,
    sampling: FrameSampling,
    onFrame: (frame: VideoFrame) => void | Promise<void>,
  ): Promise<VideoFacts>;
  /** `quality` 1…100. */
  encodeJpeg(image: RgbImage, quality?: number): Promise<Uint8Array>;
  /** Makes a video frame by frame, for instance while another one is decoded. */
  createVideoEncoder(encoding: VideoEncoding): Promise<VideoEncoder>;
  /**
   * The models that serve a role, in pack order; more than one means that their scores are fused.
   * @throws AppError model_unavailable when none is installed
   */
  models(role: ModelRole): Promise<readonly InferenceSession[]>;
  /** Symbols of a picture that decode without error; none is an empty list. */
  readBarcodes(image: RgbImage): Promise<readonly Barcode[]>;
  /** Words of upright Latin print; none is an empty list. `layout` is `page` unless said otherwise. */
  readText(picture: TextPicture, layout?: TextLayout): Promise<readonly TextWord[]>;
  /**
   * Text of the first pages of a PDF, or the pages drawn where they have none.
   * @throws AppError image_missing | pdf_too_large | pdf_encrypted | pdf_unreadable
   */
  readPdf(bytes: Uint8Array, name: string): Promise<PdfFile>;
}

/**
 * A stateless computation: same input and same model digests, same answer.
 * Input and output cross a process border, so both are plain data (structured clone: typed arrays are fine).
 */
export interface Task<Input, Output> {
  /** Verb and object, unique: `analyse-faces`, `read-mrz`. */
  readonly name: string;
  readonly timeoutMs: number;
  run(ports: TaskPorts, input: Input): Promise<Output>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
}

/** Runs tasks somewhere else: in a vision process in the product, in this process in unit tests. */
export interface TaskRunner {
  /**
   * @throws AppError vision_busy (queue full) | vision_timeout | vision_process_died, or what the task threw
   */
  run<Input, Output>(
    task: Task<Input, Output>,
    input: Input,
    options?: RunOptions,
  ): Promise<Output>;
}
