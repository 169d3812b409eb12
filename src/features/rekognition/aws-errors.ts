import type { z } from 'zod';
import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { SignatureFault } from './sigv4.ts';

/** A failure in AWS's words. Clients switch on `type`; `status` is what AWS answers with it. */
export interface AwsFailure {
  readonly type: string;
  readonly message: string;
  readonly status: number;
}

export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly failure: AwsFailure;

  constructor(failure: AwsFailure) {
    super(failure.type);
    this.failure = failure;
  }
}

export const awsFailures = {
  invalidParameter: client('InvalidParameterException', 'Request has invalid parameters'),
  invalidImageFormat: client('InvalidImageFormatException', 'Request has invalid image format'),
  imageTooLarge: client('ImageTooLargeException', 'Request image is too large'),
  invalidS3Object: client(
    'InvalidS3ObjectException',
    'Unable to get object metadata from S3. Check object key, region and/or access permissions.',
  ),
  accessDenied: client('AccessDeniedException', 'The key is not allowed to perform this operation'),
  throttling: client('ThrottlingException', 'Rate exceeded'),
  busy: client(
    'ProvisionedThroughputExceededException',
    'Provisioned rate of this operation is exceeded; try again',
  ),
  serialization: client('SerializationException', 'The request body could not be read'),
  unknownOperation: client('UnknownOperationException', 'This operation is not known here'),
  unrecognizedClient: client(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ),
  sessionNotFound: client(
    'SessionNotFoundException',
    'Session not found; it may have expired or belong to somebody else',
  ),
  internal: { type: 'InternalServerError', message: 'Internal server error', status: 500 },
} as const satisfies Record<string, AwsFailure>;

const signatureFailures: Record<SignatureFault, AwsFailure> = {
  missing: client('MissingAuthenticationTokenException', 'Missing Authentication Token'),
  incomplete: client(
    'IncompleteSignatureException',
    'Authorization header requires Credential, SignedHeaders and Signature, and the request X-Amz-Date.',
  ),
  wrong_scope: client(
    'InvalidSignatureException',
    "Credential should be scoped to this endpoint's region, to service 'rekognition' and to the day of X-Amz-Date.",
  ),
  unsigned_header: client(
    'InvalidSignatureException',
    'SignedHeaders must include host, x-amz-date and every other x-amz- header that is sent.',
  ),
  body_mismatch: client(
    'InvalidSignatureException',
    'The value of x-amz-content-sha256 is not the digest of the request body.',
  ),
  mismatch: client(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  ),
  stale: client(
    'InvalidSignatureException',
    'Signature expired: the time in X-Amz-Date is more than five minutes away from ours.',
  ),
};

/** Our own failures in AWS's words; what is not listed is an internal one. */
const byCode: Partial<Record<ErrorCode, AwsFailure>> = {
  image_unreadable: awsFailures.invalidImageFormat,
  image_format_unsupported: awsFailures.invalidImageFormat,
  image_too_large: awsFailures.imageTooLarge,
  payload_too_large: awsFailures.imageTooLarge,
  image_too_small: awsFailures.invalidParameter,
  face_not_found: awsFailures.invalidParameter,
  validation_failed: awsFailures.serialization,
  request_rejected: awsFailures.serialization,
  vision_busy: awsFailures.busy,
  session_not_found: awsFailures.sessionNotFound,
};

/** @throws AwsError InvalidParameterException */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new AwsError(awsFailures.invalidParameter);
  return parsed.data;
}

export function toAwsFailure(error: unknown): AwsFailure {
  if (error instanceof AwsError) return error.failure;
  if (isAppError(error)) return byCode[error.code] ?? awsFailures.internal;
  return awsFailures.internal;
}

export function toSignatureFailure(fault: SignatureFault): AwsFailure {
  return signatureFailures[fault];
}

function isAppError(error: unknown): error is AppError {
  return error instanceof Error && error.name === 'AppError' && 'code' in error;
}

function client(type: string, message: string): AwsFailure {
  return { type, message, status: 400 };
}
