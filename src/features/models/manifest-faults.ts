import type { z } from 'zod';
import { AppError } from '../../core/errors.ts';

/**
 * Parses what came from outside, and says every fault with its place.
 * @throws AppError model_manifest_invalid
 */
export function parseManifest<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: `/${path.join('/')}`,
    detail: message,
  }));
  const [first] = errors;
  const detail = `The manifest is not valid at ${first?.pointer}: ${first?.detail}`;
  throw new AppError('model_manifest_invalid', detail, { errors });
}
