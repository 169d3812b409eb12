import { AppError } from '../../core/errors.ts';
import type { RunOptions, TaskRunner } from '../../core/task.ts';
import { isPdf } from './pdf-signature.ts';
import { type ProofAnswer, type ReadProofInput, readProofOfAddress } from './read-proof.task.ts';

/**
 * Has a letter read. A PDF can be made to keep its reader busy for ever or to end it: a fault of the file, not of ours.
 * @throws AppError of the file's faults, or what the runner throws
 */
export async function readLetter(
  vision: TaskRunner,
  input: ReadProofInput,
  options?: RunOptions,
): Promise<ProofAnswer> {
  try {
    return await vision.run(readProofOfAddress, input, options);
  } catch (error) {
    if (!(error instanceof AppError) || !isPdf(input.bytes)) throw error;
    if (error.code === 'vision_timeout') {
      const detail = `\`${input.name}\`: reading its pages takes too long`;
      throw new AppError('pdf_too_large', detail, { cause: error });
    }
    if (error.code !== 'vision_process_died') throw error;
    const detail = `\`${input.name}\`: the PDF is damaged`;
    throw new AppError('pdf_unreadable', detail, { cause: error });
  }
}
