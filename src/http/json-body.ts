import { AppError, type FieldError } from '../core/errors.ts';
import { decodeBase64 } from './base64.ts';
import type { BinaryFields } from './route.ts';

/**
 * JSON text to a value; the fields named in `binary` are decoded from base64 to bytes, everything else
 * stays as it is for the schema to judge. Messages never quote the body: it may hold personal data.
 * @throws AppError request_rejected | validation_failed | image_too_large
 */
export function parseJsonBody(bytes: Uint8Array, binary?: BinaryFields): unknown {
  const value = parse(bytes);
  const faults: FieldError[] = [];
  for (const path of binary?.paths ?? []) {
    decodeAt(value, path, binary?.maxBytes ?? 0, faults);
  }
  if (faults.length > 0) throw new AppError('validation_failed', undefined, { errors: faults });
  return value;
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('request_rejected', 'The body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('request_rejected', 'The body is not valid JSON');
  }
}

function decodeAt(
  root: unknown,
  path: readonly string[],
  maxBytes: number,
  faults: FieldError[],
): void {
  const parent = path.slice(0, -1).reduce(child, root);
  const last = path.at(-1) ?? '';
  const text = child(parent, last);
  if (typeof text !== 'string') return;
  const pointer = `/${path.join('/')}`;
  const isTooLong = text.length > Math.ceil(maxBytes / 3) * 4;
  const decoded = isTooLong ? undefined : decodeBase64(text);
  if (isTooLong || (decoded && decoded.length > maxBytes)) {
    throw new AppError('image_too_large', `\`${pointer}\`: at most ${maxBytes} bytes are accepted`);
  }
  if (decoded) Object.defineProperty(parent, last, { value: decoded });
  else
    faults.push({ pointer, detail: 'is not base64 (RFC 4648 §4, with padding, no line breaks)' });
}

function child(parent: unknown, name: string): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, name)
    ? Reflect.get(parent, name)
    : undefined;
}
