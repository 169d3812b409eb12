import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Principal } from '../../core/principal.ts';
import type { RunOptions } from '../../core/task.ts';
import type { App } from '../../http/server.ts';
import { analyseFaces, compareFaces, type FaceModels } from '../faces/index.ts';
import {
  AwsError,
  awsFailures,
  parseRequest,
  toAwsFailure,
  toSignatureFailure,
} from './aws-errors.ts';
import {
  createFaceLivenessSession,
  getFaceLivenessSessionResults,
} from './face-liveness.routes.ts';
import type { FaceLivenessDeps } from './face-liveness.usecase.ts';
import {
  type AwsImage,
  binaryPaths,
  CompareFacesRequest,
  DEFAULT_THRESHOLD,
  DetectFacesRequest,
  isJpegOrPng,
  MAX_AWS_BYTES,
  toCompareFacesResponse,
  toDetectFacesResponse,
  wantsAge,
} from './operations.ts';
import { findSignatureFault, readAuthorization } from './sigv4.ts';

export interface RekognitionOptions extends FaceLivenessDeps {
  readonly models: FaceModels;
  readonly region: string;
  /** Undefined for an unknown, expired or revoked access key. */
  findKey(
    accessKeyId: string,
  ): Promise<{ principal: Principal; secretAccessKey: string } | undefined>;
  /** An image that this tenant stored under the name; undefined when there is none. */
  readObject(principal: Principal, bucket: string, name: string): Promise<Uint8Array | undefined>;
}

const CONTENT_TYPE = 'application/x-amz-json-1.1';

type Operation = (
  body: unknown,
  caller: Principal,
  options: RekognitionOptions,
  run: RunOptions,
) => Promise<object>;

/** The operations there are; every other name is answered with UnknownOperationException. */
const operations: Readonly<Record<string, Operation>> = {
  CompareFaces: compareFacesOperation,
  DetectFaces: detectFacesOperation,
  CreateFaceLivenessSession: createFaceLivenessSession,
  GetFaceLivenessSessionResults: getFaceLivenessSessionResults,
};

/** `POST /aws/rekognition`: AWS JSON 1.1 with SigV4, a thin translation over the features' doors. */
export function addRekognitionRoutes(app: App, options: RekognitionOptions): void {
  app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => answerFailure(error, request, reply));
    scope.post(
      '/aws/rekognition',
      {
        config: {
          access: 'own',
          credentials: 'awsSignature',
          rawBody: { maxBytes: 2 * Math.ceil(MAX_AWS_BYTES / 3) * 4 + 1024 * 1024 },
          mediaType: CONTENT_TYPE,
        },
        schema: {
          operationId: 'callRekognition',
          summary: 'Operations of Amazon Rekognition: faces and face liveness',
          description:
            'For the AWS SDKs: set their endpoint to this address. The operation is named by `X-Amz-Target`; see docs/aws.md.',
          tags: ['AWS-compatible'],
          body: z
            .custom<Uint8Array>()
            .meta({ type: 'object', description: 'As the service model of the operation says.' }),
          response: { 200: z.looseObject({}).describe('As the service model says.') },
        },
      },
      async (request, reply) => {
        reply.header('x-amzn-requestid', randomUUID());
        const caller = await authenticate(app, request, options);
        const operation = operations[targetOf(request)];
        if (!operation) throw new AwsError(awsFailures.unknownOperation);
        if (!caller.scopes.includes('faces')) throw new AwsError(awsFailures.accessDenied);
        const raw = request.body instanceof Uint8Array ? request.body : new Uint8Array();
        const body = await app.jsonParser.parse(raw, {
          paths: binaryPaths,
          maxBytes: MAX_AWS_BYTES,
        });
        const answer = await operation(body, caller, options, { signal: request.signal });
        return reply.type(CONTENT_TYPE).send(Buffer.from(JSON.stringify(answer)));
      },
    );
  });
}

/** Who signed the request; the rate is limited by key, as elsewhere. */
async function authenticate(
  app: App,
  request: FastifyRequest,
  { findKey, region }: RekognitionOptions,
): Promise<Principal> {
  const authorization = readAuthorization(request.headers);
  if (typeof authorization === 'string') throw new AwsError(toSignatureFailure(authorization));
  const key = await findKey(authorization.accessKeyId);
  if (!key || request.headers['x-amz-security-token'] !== undefined) {
    throw new AwsError(awsFailures.unrecognizedClient);
  }
  const signed = {
    method: request.method,
    url: request.raw.url ?? '',
    headers: request.headers,
    bodySha256: request.bodySha256 ?? '',
  };
  const scope = { region, service: 'rekognition' };
  const fault = findSignatureFault(signed, authorization, key.secretAccessKey, scope, new Date());
  if (fault) throw new AwsError(toSignatureFailure(fault));
  request.principal = key.principal;
  if (!app.grant(key.principal.keyId).ok) throw new AwsError(awsFailures.throttling);
  return key.principal;
}

function targetOf(request: FastifyRequest): string {
  const target = request.headers['x-amz-target'];
  const match = /^RekognitionService\.(\w{1,64})$/.exec(typeof target === 'string' ? target : '');
  const name = match?.[1] ?? '';
  return Object.hasOwn(operations, name) ? name : '';
}

async function compareFacesOperation(
  body: unknown,
  caller: Principal,
  options: RekognitionOptions,
  run: RunOptions,
): Promise<object> {
  const request = parseRequest(CompareFacesRequest, body);
  const [source, target] = await Promise.all([
    readImage(request.SourceImage, caller, options),
    readImage(request.TargetImage, caller, options),
  ]);
  const comparison = await compareFaces(
    options.vision,
    options.models,
    { source, target },
    {
      similarityThreshold: request.SimilarityThreshold ?? DEFAULT_THRESHOLD,
      qualityFilter: request.QualityFilter ?? 'NONE',
      ...run,
    },
  );
  return toCompareFacesResponse(comparison);
}

async function detectFacesOperation(
  body: unknown,
  caller: Principal,
  options: RekognitionOptions,
  run: RunOptions,
): Promise<object> {
  const request = parseRequest(DetectFacesRequest, body);
  const wanted = request.Attributes ?? ['DEFAULT'];
  const bytes = await readImage(request.Image, caller, options);
  const input = { bytes, name: 'Image', scope: 'all', age: wantsAge(wanted) } as const;
  return toDetectFacesResponse(await options.vision.run(analyseFaces, input, run), wanted);
}

async function readImage(
  { Bytes, S3Object }: AwsImage,
  caller: Principal,
  { readObject }: RekognitionOptions,
): Promise<Uint8Array> {
  // Objects have no versions here: a request for one asks for something that does not exist.
  const bytes =
    Bytes ??
    (S3Object && !S3Object.Version
      ? await readObject(caller, S3Object.Bucket, S3Object.Name)
      : undefined);
  if (!bytes) throw new AwsError(awsFailures.invalidS3Object);
  if (!isJpegOrPng(bytes)) throw new AwsError(awsFailures.invalidImageFormat);
  return bytes;
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { type, message, status } = toAwsFailure(error);
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  if (!reply.hasHeader('x-amzn-requestid')) reply.header('x-amzn-requestid', randomUUID());
  return reply
    .code(status)
    .header('x-amzn-errortype', type)
    .type(CONTENT_TYPE)
    .send(Buffer.from(JSON.stringify({ __type: type, Message: message })));
}
