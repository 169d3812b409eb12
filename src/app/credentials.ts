import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FirstCredentials } from '../features/tenants/index.ts';
import { AWS_REGION } from './server.ts';

/** `DATA_DIR/credentials.json`, as contract and docs show it. Parts that do not exist are left out. */
const Credentials = z.looseObject({
  base_url: z.string(),
  tenant_id: z.string(),
  api_key: z.string(),
  aws: z.looseObject({
    access_key_id: z.string(),
    secret_access_key: z.string(),
    region: z.string(),
    endpoint: z.string(),
  }),
});
type Credentials = z.infer<typeof Credentials>;

export function credentialsFile(dataDir: string): string {
  return join(dataDir, 'credentials.json');
}

/** Keeps the first keys, readable by the owner only. Durable when it returns. */
export async function writeCredentials(
  dataDir: string,
  { tenant, api, aws }: FirstCredentials,
  baseUrl: string,
): Promise<void> {
  await save(dataDir, {
    base_url: baseUrl,
    tenant_id: tenant.id,
    api_key: api.apiKey,
    aws: {
      access_key_id: aws.accessKeyId,
      secret_access_key: aws.secretAccessKey,
      region: AWS_REGION,
      endpoint: awsEndpoint(baseUrl),
    },
  });
}

/** The platform may listen elsewhere than at its first start: addresses follow, secrets stay. */
export async function updateCredentials(dataDir: string, baseUrl: string): Promise<void> {
  const credentials = await read(dataDir);
  if (!credentials || credentials.base_url === baseUrl) return;
  const aws = { ...credentials.aws, endpoint: awsEndpoint(baseUrl) };
  await save(dataDir, { ...credentials, base_url: baseUrl, aws });
}

/** Undefined when somebody moved the file away, as they should once the keys are kept elsewhere. */
async function read(dataDir: string): Promise<Credentials | undefined> {
  try {
    return Credentials.parse(JSON.parse(await readFile(credentialsFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

async function save(dataDir: string, credentials: Credentials): Promise<void> {
  const path = credentialsFile(dataDir);
  const draft = await open(`${path}.new`, 'w', 0o600);
  try {
    await draft.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await draft.sync();
  } finally {
    await draft.close();
  }
  await rename(`${path}.new`, path);
  const directory = await open(dataDir, 'r');
  await directory.sync().finally(() => directory.close());
}

function awsEndpoint(baseUrl: string): string {
  return `${baseUrl}/aws/rekognition`;
}
