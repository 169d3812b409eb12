import type { Task, TaskPorts } from '../../core/task.ts';
import type { TextPicture, TextWord } from '../../core/text.ts';
import { toLuma } from '../../vision/image/luma.ts';
import { createPyramid } from '../../vision/image/pyramid.ts';
import { resize } from '../../vision/image/warp.ts';
import type { IsoDate } from './mrz-dates.ts';
import { isPdf } from './pdf-signature.ts';
import { type ProofReading, readProof } from './proof-of-address.ts';

export interface ReadProofInput {
  /** A PDF, or a JPEG, PNG, WebP or AVIF picture of the letter. */
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly today: IsoDate;
}

export interface ProofAnswer extends ProofReading {
  /** Of the first page: points of a PDF, pixels of a picture. */
  readonly size: { readonly width: number; readonly height: number };
  readonly pages: number;
  readonly source: 'text_layer' | 'ocr';
  /** Program that wrote the PDF, as the file says. */
  readonly producer?: string | undefined;
  /** Processor time, decoding of pictures left out. */
  readonly cpuMs: number;
}

/** Longest side of a photographed letter that is read: about 150 dots an inch on A4. */
const readSide = 1_800;
/** Signs that patterns and folds leave behind. */
const leastConfidence = 30;

/** A letter that shows where somebody lives: who, where, and when it was issued. */
export const readProofOfAddress: Task<ReadProofInput, ProofAnswer> = {
  name: 'read-proof-of-address',
  timeoutMs: 20_000,
  async run(ports, { bytes, name, today }) {
    if (!isPdf(bytes)) return readPicture(ports, bytes, name, today);
    const cpu = process.cpuUsage();
    const file = await ports.readPdf(bytes, name);
    const hasText = file.pages.some(({ words }) => words.length > 0);
    const pages: TextWord[][] = [];
    for (const { words, picture } of file.pages) {
      pages.push(words.length > 0 || !picture ? [...words] : await readWords(ports, picture));
    }
    const [first] = file.pages;
    return {
      ...merge(pages.map((words) => readProof(words, today))),
      size: { width: first?.width ?? 0, height: first?.height ?? 0 },
      pages: file.pageCount,
      source: hasText ? 'text_layer' : 'ocr',
      ...(file.producer !== undefined && { producer: file.producer }),
      cpuMs: since(cpu),
    };
  },
};

async function readPicture(
  ports: TaskPorts,
  bytes: Uint8Array,
  name: string,
  today: IsoDate,
): Promise<ProofAnswer> {
  const image = await ports.decodeImage(bytes, name);
  const cpu = process.cpuUsage();
  const { width, height } = image;
  const scale = Math.min(1, readSide / Math.max(width, height));
  const size = { width: Math.round(width * scale), height: Math.round(height * scale) };
  const view = toLuma(scale < 1 ? resize(createPyramid(image), size) : image);
  const reading = readProof(await readWords(ports, view), today);
  return { ...reading, size: { width, height }, pages: 1, source: 'ocr', cpuMs: since(cpu) };
}

async function readWords(ports: TaskPorts, picture: TextPicture): Promise<TextWord[]> {
  const words = await ports.readText(picture);
  return words.filter(({ confidence }) => confidence >= leastConfidence);
}

/** Of several pages: every block and line, and the first page's date before a later one's. */
function merge(pages: readonly ProofReading[]): ProofReading {
  const dated =
    pages.find(({ issueDateBy }) => issueDateBy === 'label') ??
    pages.find(({ issueDate }) => issueDate !== undefined);
  return {
    blocks: pages.flatMap(({ blocks }) => blocks),
    lines: pages.flatMap(({ lines }) => lines),
    ...(dated && { issueDate: dated.issueDate, issueDateBy: dated.issueDateBy }),
  };
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
