import type { Generated } from 'kysely';
import type { TenantId } from '../../../core/ids.ts';
import type { ObjectId } from '../../../core/objects.ts';
import type { Environment } from '../../../core/principal.ts';

export interface NamedObjectTable {
  tenant_id: TenantId;
  environment: Environment;
  bucket: string;
  name: string;
  object_id: ObjectId;
  size: number;
  /** Hex, of the plain bytes. */
  sha256: string;
  stored_at: Generated<Date>;
}

export interface NamedObjectTables {
  named_object: NamedObjectTable;
}
