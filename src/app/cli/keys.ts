import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { type ApiKeyId, isId } from '../../core/ids.ts';
import { type Environment, environments, type Scope, scopes } from '../../core/principal.ts';
import {
  allScopes,
  createApiKey,
  createAwsKey,
  type KeyInfo,
  keyState,
  listKeys,
  type NewKey,
  revokeKey,
  rotateApiKey,
} from '../../features/tenants/index.ts';
import { writeJson } from './output.ts';
import { type Attach, chooseTenant, operator, withStore } from './with-store.ts';

interface CommonOptions {
  tenant?: string;
  json?: boolean;
}

interface CreateOptions extends CommonOptions {
  name: string;
  environment: Environment;
  scope?: Scope[];
  expiresInDays?: number;
  aws?: boolean;
}

const dayMs = 86_400_000;

export function keysCommand(attach: Attach): Command {
  return new Command('keys')
    .description('API keys and AWS-style access keys of a tenant')
    .addCommand(createCommand(attach))
    .addCommand(listCommand(attach))
    .addCommand(rotateCommand(attach))
    .addCommand(revokeCommand(attach));
}

function createCommand(attach: Attach): Command {
  return common('create')
    .description('make a key; its secret is shown once, here')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(
      new Option('--environment <environment>')
        .choices(environments)
        .default('live' satisfies Environment),
    )
    .addOption(
      new Option('--scope <scope...>', 'what it may do; everything unless given').choices(
        Object.keys(scopes),
      ),
    )
    .option('--expires-in-days <days>', 'never, unless given', parsePositive)
    .option('--aws', 'an access key for the AWS-compatible endpoint instead')
    .action((options: CreateOptions) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        const key = toNewKey(options);
        if (options.aws) {
          const issued = await createAwsKey(operator(store), store.keys.box, tenant, key);
          const { accessKeyId: access_key_id, secretAccessKey: secret_access_key } = issued;
          show(options, issued.info, { access_key_id, secret_access_key });
        } else {
          const issued = await createApiKey(operator(store), tenant, key);
          show(options, issued.info, { api_key: issued.apiKey });
        }
      }),
    );
}

function listCommand(attach: Attach): Command {
  return common('list')
    .description('all keys, expired and revoked ones included; never their secrets')
    .action((options: CommonOptions) =>
      withStore(attach, async (store) => {
        const { id } = await chooseTenant(store, options.tenant);
        const keys = await listKeys(store.db, id);
        if (options.json) writeJson(true, { keys: keys.map(toJson) });
        else for (const key of keys) console.log(toLine(key));
      }),
    );
}

function rotateCommand(attach: Attach): Command {
  return common('rotate')
    .description('make a key with the same rights; the old one ends after an overlap')
    .argument('<id>', 'id of the key, `key_…`', parseKeyId)
    .option('--overlap-hours <hours>', 'how long both work', parsePositive, 24)
    .action((id: ApiKeyId, options: CommonOptions & { overlapHours: number }) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        const overlapMs = options.overlapHours * 3_600_000;
        const issued = await rotateApiKey(operator(store), tenant, id, { overlapMs });
        show(options, issued.info, { api_key: issued.apiKey });
      }),
    );
}

function revokeCommand(attach: Attach): Command {
  return common('revoke')
    .description('end a key at once and for ever')
    .argument('<id>', 'id of the key, `key_…`', parseKeyId)
    .action((id: ApiKeyId, options: CommonOptions) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        await revokeKey(operator(store), tenant, id);
        if (options.json) writeJson(true, { id, state: 'revoked' });
        else console.log(`${id} is revoked`);
      }),
    );
}

function common(name: string): Command {
  return new Command(name)
    .option('--tenant <tenant>', 'id or name; needed where there are several')
    .option('--json', 'print as JSON');
}

function toNewKey({ environment, name, scope, expiresInDays, aws }: CreateOptions): NewKey {
  const expiresAt = expiresInDays && new Date(Date.now() + expiresInDays * dayMs);
  return {
    environment,
    name,
    scopes: scope ?? (aws ? ['faces', 'objects'] : allScopes),
    ...(expiresAt && { expiresAt }),
  };
}

/** The only place that prints a secret. */
function show({ json }: CommonOptions, info: KeyInfo, secret: Record<string, string>): void {
  if (json) {
    writeJson(true, { ...toJson(info), ...secret });
    return;
  }
  console.log(toLine(info));
  for (const [name, value] of Object.entries(secret)) console.log(`${name}: ${value}`);
  console.error('Keep it now: it cannot be shown again.');
}

function toLine(key: KeyInfo): string {
  const state = keyState(key, new Date());
  const hint = key.kind === 'aws' ? key.hint : `…${key.hint}`;
  const used = key.lastUsedAt ? `used ${key.lastUsedAt.toISOString()}` : 'never used';
  return [key.id, state, key.environment, hint, key.scopes.join(','), used, key.name].join('  ');
}

function toJson(key: KeyInfo) {
  return {
    id: key.id,
    kind: key.kind,
    state: keyState(key, new Date()),
    environment: key.environment,
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 36_500)) throw new InvalidArgumentError('must be a positive number');
  return value;
}

function parseKeyId(text: string): ApiKeyId {
  if (!isId('apiKey', text))
    throw new AppError('api_key_not_found', `not the id of a key: ${text}`);
  return text;
}
