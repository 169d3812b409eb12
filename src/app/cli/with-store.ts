import { AppError } from '../../core/errors.ts';
import { type KeyManager, listTenants, type Tenant } from '../../features/tenants/index.ts';
import type { Store } from '../open-store.ts';

/** Opens the store of the running platform, or one for this command alone. */
export type Attach = () => Promise<Store>;

export async function withStore<T>(attach: Attach, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await attach();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** What is done on the command line is recorded as done by the operator. */
export function operator({ db, audit }: Store): KeyManager {
  return { db, audit, actor: 'operator' };
}

/**
 * The tenant of this id or name; where there is only one it need not be said.
 * @throws AppError tenant_not_found
 */
export async function chooseTenant({ db }: Store, wanted: string | undefined): Promise<Tenant> {
  const tenants = await listTenants(db);
  const found = tenants.filter(
    ({ id, name }) => wanted === undefined || [id, name].includes(wanted),
  );
  const [tenant] = found;
  if (!tenant) throw new AppError('tenant_not_found');
  if (found.length > 1) {
    throw new AppError(
      'tenant_not_found',
      'there are several tenants: say which with --tenant <id>',
    );
  }
  return tenant;
}
