import { type ModelPack, resolveModels } from '../features/models/index.ts';
import { startVision, type Vision } from './vision.ts';

export interface OpenedVision extends Vision {
  readonly pack: ModelPack;
}

/** Vision processes with the models of a pack, for commands that need nothing else of the platform. */
export async function openVision(options: {
  dataDir: string;
  processes: number;
  pack?: string | undefined;
}): Promise<OpenedVision> {
  const pack = await resolveModels({ dataDir: options.dataDir, pack: options.pack });
  return { ...startVision({ processes: options.processes, models: pack.models }), pack };
}
