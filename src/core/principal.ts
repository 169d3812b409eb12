import type { ApiKeyId, TenantId } from './ids.ts';

/** What a key may do. A route names the one that it needs; the text is printed in `/docs`. */
export const scopes = {
  faces: 'Detect and compare faces, verify an ID against a selfie.',
  documents: 'Read documents.',
  'sessions:read': 'Read sessions, decisions and evidence.',
  'sessions:write': 'Create, resubmit and erase sessions.',
  reviews: 'Rule on sessions.',
  workflows: 'Read, change and publish workflows.',
  webhooks: 'Read and change webhook endpoints and their deliveries.',
  objects: 'Store and delete images that AWS-style calls name as `S3Object`.',
} as const;
export type Scope = keyof typeof scopes;

export const environments = ['live', 'sandbox'] as const;
export type Environment = (typeof environments)[number];

/** Who is calling, as far as a route needs to know. */
export interface Principal {
  readonly tenant: TenantId;
  readonly environment: Environment;
  readonly keyId: ApiKeyId;
  readonly scopes: readonly Scope[];
}
