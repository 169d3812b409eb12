import { Command } from 'commander';
import { createTenant, listTenants, type Tenant } from '../../features/tenants/index.ts';
import { writeJson } from './output.ts';
import { type Attach, operator, withStore } from './with-store.ts';

interface JsonOption {
  json?: boolean;
}

export function tenantsCommand(attach: Attach): Command {
  const create = new Command('create')
    .description('make a tenant; its keys are made with `bonafide keys create`')
    .argument('<name>', 'what people call it')
    .option('--json', 'print as JSON')
    .action((name: string, { json }: JsonOption) =>
      withStore(attach, async (store) => {
        const tenant = await createTenant(operator(store), name);
        if (json) writeJson(true, toJson(tenant));
        else console.log(`${tenant.id}  ${tenant.name}`);
      }),
    );
  const list = new Command('list')
    .description('all tenants, oldest first')
    .option('--json', 'print as JSON')
    .action(({ json }: JsonOption) =>
      withStore(attach, async ({ db }) => {
        const tenants = await listTenants(db);
        if (json) writeJson(true, { tenants: tenants.map(toJson) });
        else for (const { id, name } of tenants) console.log(`${id}  ${name}`);
      }),
    );
  return new Command('tenants')
    .description('who owns sessions, keys and data here')
    .addCommand(create)
    .addCommand(list);
}

function toJson({ id, name, createdAt }: Tenant) {
  return { id, name, created_at: createdAt.toISOString() };
}
