export { authenticateApiKey, findAwsKey } from './authenticate.usecase.ts';
export { createKeyUsage, type KeyUsage } from './key-usage.usecase.ts';
export {
  createApiKey,
  createAwsKey,
  type KeyManager,
  listKeys,
  revokeKey,
  rotateApiKey,
} from './manage-keys.usecase.ts';
export {
  allScopes,
  bootstrap,
  createTenant,
  type FirstCredentials,
  findTenant,
  listTenants,
} from './manage-tenants.usecase.ts';
export {
  type IssuedAwsKey,
  type KeyInfo,
  keyState,
  type NewKey,
  type Tenant,
} from './tenant.ts';
