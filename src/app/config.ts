import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseObjectStoreUrl } from '../platform/objects/object-store-url.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.stringbool();
const path = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/ });

/** Every variable the product reads, once. docs/configuration.md is generated from the descriptions. */
export const environmentSchema = z.object({
  HTTP_PORT: port.default(8080).describe('Port of the API, the console and the capture page.'),
  HTTP_HOST: z
    .string()
    .refine(
      (host) => isIP(host) !== 0 || host === 'localhost',
      'must be an IP address or localhost',
    )
    .default('127.0.0.1')
    .describe('Address to listen on. `0.0.0.0` serves the network: put TLS in front of it.'),
  PUBLIC_URL: httpUrl
    .optional()
    .describe(
      'What links and QR codes point to; `http://localhost:$HTTP_PORT` unless set. Cameras need HTTPS off localhost.',
    ),
  TLS_CERT: path
    .optional()
    .describe('PEM file of the certificate chain; with `TLS_KEY`, serves HTTPS.'),
  TLS_KEY: path.optional().describe('PEM file of the private key that belongs to `TLS_CERT`.'),
  TRUST_PROXY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Addresses or CIDR ranges of the proxies in front, separated by commas; only their `X-Forwarded-*` is believed.',
    ),
  METRICS_PORT: port.default(9464).describe('Port of the Prometheus metrics and of health checks.'),
  METRICS_HOST: z
    .string()
    .refine((host) => isIP(host) !== 0, 'must be an IP address')
    .default('127.0.0.1')
    .describe(
      'Address of `METRICS_PORT`. Elsewhere than on loopback, keep it on a private network.',
    ),
  DATA_DIR: path
    .default('./data')
    .describe('Embedded database, engine, objects, keys, installed models. Made with mode 0700.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe(
      'Your PostgreSQL 15 or newer (`postgres://…`); embedded under `DATA_DIR` unless set.',
    ),
  OBJECT_STORE_URL: z
    .url({ protocol: /^s3$/ })
    .optional()
    .describe('`s3://bucket/prefix?endpoint=…&region=…`; files under `DATA_DIR` unless set.'),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional().describe('Access key of the S3 store.'),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Secret of the S3 store.'),
  RESTATE_INGRESS_URL: httpUrl
    .optional()
    .describe('Ingress of your Restate cluster; embedded unless set.'),
  RESTATE_ADMIN_URL: httpUrl.optional().describe('Admin API of your Restate cluster.'),
  RESTATE_IDENTITY_KEY: z
    .string()
    .regex(/^publickeyv1_[1-9A-HJ-NP-Za-km-z]+$/, 'must be publickeyv1_…')
    .optional()
    .describe(
      'Public half of the key with which your Restate signs its calls; unsigned ones are refused then.',
    ),
  WORKER_URL: httpUrl.optional().describe('Where your Restate cluster reaches this process.'),
  WORKER_PORT: port
    .optional()
    .describe('Port on which your Restate is answered; that of `WORKER_URL` unless set.'),
  WORKER_PROTOCOL: z
    .enum(['http2', 'http1'])
    .default('http2')
    .describe(
      '`http1` where a balancer that knows connections only (a Kubernetes service) stands before several copies.',
    ),
  WEBHOOK_ALLOW_PRIVATE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'CIDR ranges, separated by commas, that webhooks may reach beyond the public internet.',
    ),
  VISION_PROCESSES: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe(
      'Vision child processes; one for each core unless set. Fewer share the cores out: each computes a picture with several threads.',
    ),
  GPU: flag.default(false).describe('Run the models on CUDA where present.'),
  MASTER_KEY: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$/, 'must be 32 bytes in hex or base64')
    .optional()
    .describe(
      'Root of the encryption at rest, 32 bytes in hex or base64; made in `DATA_DIR/keys` unless set.',
    ),
  MASTER_KEY_PREVIOUS: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=)$/, 'must be 32 bytes in hex or base64')
    .optional()
    .describe('The `MASTER_KEY` before this one, until `bonafide master-key rotate` has run.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe level that is logged.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe('OpenTelemetry collector; traces are off unless set.'),
});

export type Config = Readonly<ReturnType<typeof loadConfig>>;

/** The environment is not usable. The message names every fault at once and no value: most of them are secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the environment once; everybody else is handed the part they need.
 * An empty variable counts as not set, as in shells and compose files.
 * @throws ConfigError naming all faults
 */
export function loadConfig(env: NodeJS.ProcessEnv) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const faults = parsed.success
    ? findContradictions(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (!parsed.success || faults.length > 0) {
    throw new ConfigError(
      `The environment is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  }
  const { data } = parsed;
  return {
    http: {
      port: data.HTTP_PORT,
      host: data.HTTP_HOST,
      publicUrl: (
        data.PUBLIC_URL ?? `${data.TLS_CERT ? 'https' : 'http'}://localhost:${data.HTTP_PORT}`
      ).replace(/\/$/, ''),
      tls:
        data.TLS_CERT && data.TLS_KEY
          ? { cert: resolve(data.TLS_CERT), key: resolve(data.TLS_KEY) }
          : undefined,
      trustProxy: splitList(data.TRUST_PROXY),
    },
    metrics: { port: data.METRICS_PORT, host: data.METRICS_HOST },
    dataDir: resolve(data.DATA_DIR),
    database: { url: data.DATABASE_URL },
    objects: {
      url: data.OBJECT_STORE_URL,
      accessKeyId: data.AWS_ACCESS_KEY_ID,
      secretAccessKey: data.AWS_SECRET_ACCESS_KEY,
    },
    engine: {
      ingressUrl: data.RESTATE_INGRESS_URL,
      adminUrl: data.RESTATE_ADMIN_URL,
      identityKey: data.RESTATE_IDENTITY_KEY,
      workerUrl: data.WORKER_URL,
      workerPort: data.WORKER_PORT,
      workerProtocol: data.WORKER_PROTOCOL,
    },
    webhooks: { allowPrivate: splitList(data.WEBHOOK_ALLOW_PRIVATE) },
    vision: { processes: data.VISION_PROCESSES ?? availableParallelism(), gpu: data.GPU },
    masterKey: data.MASTER_KEY,
    previousMasterKey: data.MASTER_KEY_PREVIOUS,
    log: { level: data.LOG_LEVEL },
    telemetry: { otlpEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT },
  };
}

/** Faults that one variable alone does not show. */
function findContradictions(data: z.infer<typeof environmentSchema>): string[] {
  const faults: string[] = [];
  if ((data.TLS_CERT === undefined) !== (data.TLS_KEY === undefined)) {
    faults.push('TLS_CERT, TLS_KEY: set both or neither');
  }
  const hasIngress = data.RESTATE_INGRESS_URL !== undefined;
  const hasAdmin = data.RESTATE_ADMIN_URL !== undefined;
  if (hasIngress !== hasAdmin || (data.WORKER_URL !== undefined && !hasIngress)) {
    faults.push(
      'RESTATE_INGRESS_URL, RESTATE_ADMIN_URL, WORKER_URL: set all three or none (an API alone needs no WORKER_URL)',
    );
  }
  if (data.OBJECT_STORE_URL && !(data.AWS_ACCESS_KEY_ID && data.AWS_SECRET_ACCESS_KEY)) {
    faults.push('OBJECT_STORE_URL: needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  if (data.OBJECT_STORE_URL) faults.push(...findUrlFault(data.OBJECT_STORE_URL));
  if (data.HTTP_PORT === data.METRICS_PORT && data.HTTP_PORT !== 0) {
    faults.push('HTTP_PORT, METRICS_PORT: must differ');
  }
  return faults;
}

function findUrlFault(objectStoreUrl: string): string[] {
  try {
    parseObjectStoreUrl(objectStoreUrl);
    return [];
  } catch (error) {
    if (error instanceof RangeError) return [`OBJECT_STORE_URL: ${error.message}`];
    throw error;
  }
}

function splitList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
