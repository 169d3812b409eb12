import { readFileSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';

/**
 * Text of the list that an evaluation goes through.
 * @param option what the command line calls it
 * @throws AppError evaluation_list_invalid
 */
export function readEvaluationList(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AppError('evaluation_list_invalid', `${option}: ${file} cannot be read`, { cause });
  }
}
