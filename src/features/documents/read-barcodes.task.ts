import type { Barcode } from '../../core/barcode.ts';
import type { Task } from '../../core/task.ts';
import { readAllBarcodes } from '../../vision/tasks/read-barcodes.ts';
import type { PictureInput } from './picture-input.ts';

export type ReadBarcodesInput = PictureInput & { readonly name: string };

export interface BarcodesAnswer {
  readonly barcodes: readonly Barcode[];
  /** Processor time without decoding. */
  readonly cpuMs: number;
}

/** Reads the barcodes of a picture. None is an answer, not an error. */
export const readBarcodesTask: Task<ReadBarcodesInput, BarcodesAnswer> = {
  name: 'read-barcodes',
  timeoutMs: 20_000,
  async run(ports, input) {
    const image = 'image' in input ? input.image : await ports.decodeImage(input.bytes, input.name);
    const cpu = process.cpuUsage();
    const barcodes = await readAllBarcodes((view) => ports.readBarcodes(view), image);
    const { user, system } = process.cpuUsage(cpu);
    return { barcodes, cpuMs: (user + system) / 1000 };
  },
};
