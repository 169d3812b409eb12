import type { InferenceSession, ModelRef } from '../../core/model.ts';
import type { Task } from '../../core/task.ts';
import { type MrzRead, readMrz, readMrzLine } from '../../vision/tasks/read-mrz.ts';
import type { IsoDate } from './mrz-dates.ts';
import { type DecodedLine, type DecodedMrz, decodeLine, decodeMrz } from './mrz-decode.ts';
import type { PictureInput } from './picture-input.ts';

export type ReadMrzInput = PictureInput & {
  /** What refusals call the picture. */
  readonly name: string;
  /** Decides centuries. Handed in, so that the same input gives the same answer tomorrow. */
  readonly today: IsoDate;
  /** The picture shows one line of a zone and nothing else: no format is assumed. */
  readonly singleLine?: boolean;
};

export interface MrzAnswer {
  /** The likeliest zone; absent when the picture shows none. */
  readonly zone?: DecodedMrz | undefined;
  readonly line?: DecodedLine | undefined;
  readonly model: ModelRef;
  /** Processor time without decoding. */
  readonly cpuMs: number;
}

/** Finds and reads the machine-readable zone of a picture. A picture without one is an answer, not an error. */
export const readMrzTask: Task<ReadMrzInput, MrzAnswer> = {
  name: 'read-mrz',
  timeoutMs: 20_000,
  async run(ports, input) {
    const image = 'image' in input ? input.image : await ports.decodeImage(input.bytes, input.name);
    const [session] = (await ports.models('mrz-glyphs')) as [InferenceSession];
    const cpu = process.cpuUsage();
    const answer = input.singleLine
      ? { line: decodeLine(await readMrzLine(session, image)) }
      : { zone: firstZone(await readMrz(session, image), input.today) };
    const { user, system } = process.cpuUsage(cpu);
    return { ...answer, model: session.model, cpuMs: (user + system) / 1000 };
  },
};

/** The likeliest zone that has the shape of a format. */
function firstZone({ zones }: MrzRead, today: IsoDate): DecodedMrz | undefined {
  return zones.map((zone) => decodeMrz(zone, today)).find((zone) => zone !== undefined);
}
