/**
 * Every failure a caller can see, in one table: add a row here first, code elsewhere only refers to it.
 * `remedy` says the way out and is printed in docs/errors.md, which is generated from this table.
 */
export const errorCatalogue = {
  validation_failed: {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the fields listed in `errors`; each entry points at one of them.',
  },
  request_rejected: {
    status: 400,
    title: 'The request was refused before it was read',
    remedy: 'Check method, headers and body encoding; `detail` names the fault.',
  },
  route_not_found: {
    status: 404,
    title: 'No such endpoint',
    remedy: 'See `/docs` or `/openapi.json` for the endpoints there are.',
  },
  unauthorized: {
    status: 401,
    title: 'The request carries no valid credentials',
    remedy:
      'Send `Authorization: Bearer <api_key>` with a key that is neither revoked nor expired.',
  },
  scope_missing: {
    status: 403,
    title: 'The key may not do this',
    remedy: 'Use a key with the scope named in `detail`; `bonafide keys create --scope` makes one.',
  },
  payload_too_large: {
    status: 413,
    title: 'The request body is too large',
    remedy: 'Send a smaller body; `detail` says how large it may be.',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The content type is not supported here',
    remedy: 'Send `application/json`, or `multipart/form-data` where images are accepted.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    remedy: 'Send the whole request without pauses; use a smaller image on a slow line.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests with this key',
    remedy: 'Wait for the time in `Retry-After`; `RateLimit-Remaining` says how many are left.',
  },
  service_unavailable: {
    status: 503,
    title: 'The service cannot take this request right now',
    remedy:
      'Try again after the time in `Retry-After`; `/health/ready` says which part is not ready.',
  },
  image_missing: {
    status: 400,
    title: 'An image is missing',
    remedy: 'Send the image named in `detail`.',
  },
  image_unreadable: {
    status: 422,
    title: 'The image could not be read',
    remedy: 'Send a complete JPEG, PNG, WebP or AVIF file.',
  },
  image_format_unsupported: {
    status: 415,
    title: 'The image format is not supported',
    remedy: 'Send JPEG, PNG, WebP or AVIF.',
  },
  image_too_large: {
    status: 413,
    title: 'The image is too large',
    remedy: 'Send at most 15 MB and 64 megapixels.',
  },
  image_too_small: {
    status: 422,
    title: 'The image is too small',
    remedy: 'Send an image with at least 80 pixels on each side.',
  },
  video_missing: {
    status: 400,
    title: 'A video is missing',
    remedy: 'Send the video named in `detail`.',
  },
  video_unreadable: {
    status: 422,
    title: 'The video could not be read',
    remedy: 'Send a complete recording, as the camera or browser made it.',
  },
  pdf_unreadable: {
    status: 422,
    title: 'The PDF could not be read',
    remedy: 'Send the file as it was issued, or a photo of the document.',
  },
  pdf_encrypted: {
    status: 422,
    title: 'The PDF is protected by a password',
    remedy: 'Send it without a password.',
  },
  pdf_too_large: {
    status: 413,
    title: 'The PDF is too large',
    remedy: 'Send at most 10 pages of ordinary size, 15 MB in all.',
  },
  video_format_unsupported: {
    status: 415,
    title: 'The video format is not supported',
    remedy: 'Send H264, VP8 or VP9 in MP4, WebM or Matroska.',
  },
  video_too_large: {
    status: 413,
    title: 'The video is too large',
    remedy: 'Send at most 64 MB, 1920 × 1080 pixels and 60 frames a second.',
  },
  video_too_small: {
    status: 422,
    title: 'The video is too small',
    remedy: 'Send a video with at least 80 pixels on each side.',
  },
  video_too_long: {
    status: 422,
    title: 'The video is too long',
    remedy: 'Send at most 60 seconds.',
  },
  face_not_found: {
    status: 422,
    title: 'No face was found',
    remedy: 'Send a sharp, evenly lit picture with a face at least 30 pixels wide.',
  },
  vision_busy: {
    status: 503,
    title: 'All vision processes are busy',
    remedy: 'Try again after the time in `Retry-After`, or add vision processes.',
  },
  vision_unavailable: {
    status: 503,
    title: 'No vision process is running',
    remedy: 'Try again later. Operators: the log and `bonafide doctor` say why none starts.',
  },
  vision_timeout: {
    status: 504,
    title: 'The computation took too long and was stopped',
    remedy: 'Send a smaller input. If it happens again with ordinary photographs, report it.',
  },
  vision_process_died: {
    status: 500,
    title: 'The process that computed this died',
    remedy: 'The process was replaced. Try once more; if the same input fails again, report it.',
  },
  model_unavailable: {
    status: 503,
    title: 'A model is not available',
    remedy: 'Run `bonafide models verify`; it says which file is missing or damaged.',
  },
  model_damaged: {
    status: 503,
    title: 'A model file is missing, incomplete or not the one that was expected',
    remedy:
      'Run `bonafide models verify` to see which; `npm run prepare` makes the default models again, `bonafide models pull` fetches an optional one again.',
  },
  model_shape_mismatch: {
    status: 422,
    title: 'A model does not take the input that its description declares',
    remedy:
      'Correct `input.shape` in the manifest, or use the file that the manifest was written for.',
  },
  model_conversion_failed: {
    status: 500,
    title: 'Packaged weights could not be converted to ONNX',
    remedy: 'Run `npm ci` again so that the packages are the pinned ones, then `npm run prepare`.',
  },
  model_manifest_invalid: {
    status: 422,
    title: 'The model manifest is not valid',
    remedy: 'Correct the entry named in `detail`; docs/models.md describes the format.',
  },
  model_unknown: {
    status: 404,
    title: 'No such model or model pack',
    remedy: 'Run `bonafide models list` to see the names there are.',
  },
  model_licence_not_accepted: {
    status: 403,
    title: 'The licence of the model was not accepted',
    remedy:
      'Read the licence and the caveats that were shown, then repeat with `--accept-licence`.',
  },
  download_failed: {
    status: 502,
    title: 'The download failed',
    remedy: 'Check the address named in `detail`; what was installed before keeps serving.',
  },
  model_mismatch: {
    status: 409,
    title: 'Embeddings of different models cannot be compared',
    remedy: 'Compute both embeddings with the same model.',
  },
  object_not_found: {
    status: 404,
    title: 'No such object',
    remedy: 'Check the id. Objects are removed when their retention ends.',
  },
  object_too_large: {
    status: 413,
    title: 'The object is too large',
    remedy: 'Send fewer bytes; `detail` names the limit.',
  },
  object_damaged: {
    status: 500,
    title: 'A stored object is damaged',
    remedy: 'It was altered or cut at rest. Restore it from a backup; the log names the object.',
  },
  subject_erased: {
    status: 410,
    title: 'This person was erased',
    remedy:
      'Their key was destroyed, so nothing of theirs can be read or added. Use a new subject.',
  },
  storage_full: {
    status: 507,
    title: 'The storage is full',
    remedy: 'Nothing was stored and nothing was lost. Free or add space, then send it again.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The object storage does not answer',
    remedy: 'Try again later. The operator finds the cause in the log and with `bonafide doctor`.',
  },
  secret_unreadable: {
    status: 500,
    title: 'A stored secret cannot be decrypted',
    remedy:
      'It was altered, or sealed under another master key. Check `MASTER_KEY` and `DATA_DIR`.',
  },
  master_key_invalid: {
    status: 500,
    title: 'The master key is not usable',
    remedy: 'Give 32 random bytes in base64 or hex, for example from `openssl rand -base64 32`.',
  },
  master_key_mismatch: {
    status: 500,
    title: 'The master key does not fit the stored data',
    remedy:
      'Start with the key that sealed this data (`MASTER_KEY`, or the files in `DATA_DIR/keys`).',
  },
  upload_not_found: {
    status: 404,
    title: 'No such upload',
    remedy: 'Create an upload first. Uploads that are not completed expire.',
  },
  upload_closed: {
    status: 409,
    title: 'The upload is no longer open',
    remedy: 'It was completed, abandoned or has expired. Create a new one.',
  },
  upload_part_conflict: {
    status: 409,
    title: 'This part was already sent with other content',
    remedy: 'Repeat a part only with the same bytes, or create a new upload.',
  },
  upload_incomplete: {
    status: 409,
    title: 'The upload is not complete',
    remedy: 'Send the parts named in `detail`, then complete it again.',
  },
  upload_mismatch: {
    status: 422,
    title: 'The uploaded bytes are not the ones that were announced',
    remedy: 'Compare size and SHA-256 on your side, then upload again.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    remedy:
      'Try again in a few seconds. Operators: check `DATABASE_URL` and the log of the database.',
  },
  database_disk_full: {
    status: 507,
    title: 'The disk of the database is full',
    remedy: 'Make room on the disk of the database; nothing acknowledged was lost.',
  },
  database_migration_changed: {
    status: 500,
    title: 'A migration that was already applied has changed',
    remedy: 'Install the release again unchanged; applied migrations are never edited.',
  },
  database_too_new: {
    status: 500,
    title: 'The database was written by a newer release',
    remedy: 'Start the newer release again, or restore the backup made before the upgrade.',
  },
  data_dir_in_use: {
    status: 409,
    title: 'Another platform runs on this data directory',
    remedy: 'Stop the other one, or give this one its own `DATA_DIR`.',
  },
  port_unusable: {
    status: 500,
    title: 'The port cannot be listened on',
    remedy: 'Stop what listens there, or set `HTTP_PORT` or `METRICS_PORT` to a free one.',
  },
  data_dir_unusable: {
    status: 500,
    title: 'The data directory cannot be used',
    remedy: 'Check that the path in `detail` exists, belongs to this user and is short enough.',
  },
  api_key_invalid: {
    status: 401,
    title: 'The API key is not valid',
    remedy:
      'Send `Authorization: Bearer <api_key>` with a key that is neither expired nor revoked.',
  },
  api_key_not_found: {
    status: 404,
    title: 'No such key',
    remedy: 'List the keys of the tenant with `bonafide keys list`.',
  },
  tenant_not_found: {
    status: 404,
    title: 'No such tenant',
    remedy: 'List the tenants with `bonafide tenants list`.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another request',
    remedy: 'Send a new `Idempotency-Key` with each new request.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this idempotency key is still being worked on',
    remedy: 'Send the same request again after the time in `Retry-After`.',
  },
  evaluation_list_invalid: {
    status: 400,
    title: 'The list of the evaluation cannot be used',
    remedy: 'Give a CSV file with the columns that `bonafide evaluate … --help` names.',
  },
  engine_unavailable: {
    status: 503,
    title: 'The workflow engine is not available',
    remedy:
      'Nothing accepted is lost. It is restarted by itself; look at `/health/ready` and the log.',
  },
  session_not_found: {
    status: 404,
    title: 'No such verification session',
    remedy: 'Check the id, and that the key belongs to the same tenant and environment.',
  },
  session_closed: {
    status: 409,
    title: 'The session does not take this any more',
    remedy:
      'Read the session: its status says what may still be done. Create another session otherwise.',
  },
  session_erased: {
    status: 410,
    title: 'The session was erased',
    remedy: 'Everything about the person is gone for good. Create another session.',
  },
  stream_not_wanted: {
    status: 409,
    title: 'No capture of this stream is wanted now',
    remedy:
      'Ask `GET /capture/v1/session` which captures are wanted; each is taken once until asked again.',
  },
  evidence_not_accepted: {
    status: 422,
    title: 'The upload is no acceptable capture',
    remedy: 'Send a picture (JPEG, PNG, WebP, AVIF) or, for the face, a video (MP4, WebM, MKV).',
  },
  challenge_unusable: {
    status: 409,
    title: 'The challenge cannot be answered any more',
    remedy:
      'Draw another with `POST /capture/v1/challenges`, record its answer and send it within two minutes.',
  },
  challenge_limit: {
    status: 429,
    title: 'Too many challenges were drawn for this session',
    remedy: 'Create another session.',
  },
  capture_unauthorized: {
    status: 401,
    title: 'The capture link or token is not valid',
    remedy:
      'Open the link anew. A link works once; ask for another with `POST /v1/sessions/{id}/link`.',
  },
  workflow_not_found: {
    status: 404,
    title: 'No such workflow',
    remedy: 'List workflows with `GET /v1/workflows`; sessions need a published version.',
  },
  workflow_invalid: {
    status: 422,
    title: 'The workflow cannot be published',
    remedy: 'Correct what `errors` points at; `POST /v1/workflows/validate` checks without saving.',
  },
  workflow_name_taken: {
    status: 409,
    title: 'Another workflow has this name',
    remedy: 'Choose another name, or change the draft of the existing workflow.',
  },
  webhook_not_found: {
    status: 404,
    title: 'No such webhook',
    remedy: 'Check the id and whether the key belongs to the same environment.',
  },
  webhook_url_refused: {
    status: 422,
    title: 'Webhooks may not be sent to this URL',
    remedy:
      'Use an https URL on the public internet. The operator may allow others with `WEBHOOK_ALLOW_PRIVATE`.',
  },
  webhook_limit_reached: {
    status: 409,
    title: 'There are as many webhooks as there may be',
    remedy: 'Delete one, or let one endpoint receive several kinds of events.',
  },
  delivery_not_found: {
    status: 404,
    title: 'No such delivery',
    remedy: 'Check the id. Deliveries are kept for thirty days.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    remedy: 'Nothing of it is shown for privacy. Quote the request id to your operator.',
  },
} as const satisfies Record<string, ErrorRow>;

interface ErrorRow {
  status: number;
  title: string;
  remedy: string;
}

export type ErrorCode = keyof typeof errorCatalogue;

/** One fault of a request. `pointer` is a JSON pointer (RFC 6901) into body, path or query. */
export interface FieldError {
  pointer: string;
  detail: string;
}

export interface AppErrorOptions extends ErrorOptions {
  errors?: readonly FieldError[];
  /** Answered as `Retry-After`. */
  retryAfterS?: number;
}

/** The only error class that may reach a caller with its own words; everything else becomes `internal`. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterS: number | undefined;

  /** `detail` names the input, what was wrong and what would be right; never personal data. */
  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(detail ?? errorCatalogue[code].title, options);
    this.code = code;
    this.errors = options.errors;
    this.retryAfterS = options.retryAfterS;
  }
}

/** RFC 9457 body. `code` is our stable extension member; clients switch on it, never on `title`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  instance?: string;
  errors?: readonly FieldError[];
}

export function toProblem(error: unknown, instance?: string): Problem {
  const known = error instanceof AppError ? error : undefined;
  const code = known?.code ?? 'internal';
  const { status, title } = errorCatalogue[code];
  return {
    type: `urn:bonafide:problem:${code}`,
    title,
    status,
    code,
    // Details of unexpected errors stay in the log: they may quote personal data.
    ...(known && known.message !== title && { detail: known.message }),
    ...(instance !== undefined && { instance }),
    ...(known?.errors && { errors: known.errors }),
  };
}
