import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import type { TenantId } from '../../core/ids.ts';
import type { AuditHead, AuditVerification } from '../../features/audit/index.ts';
import { listTenants } from '../../features/tenants/index.ts';
import { replaceFile } from '../../platform/files/durable-file.ts';
import type { Store } from '../open-store.ts';
import { exitCodes, paint, writeJson } from './output.ts';
import { type Attach, chooseTenant, withStore } from './with-store.ts';

interface VerifyOptions {
  tenant?: string;
  heads?: string;
  json?: boolean;
}

const verifyHelp = `
A database that is rewound to an older state as a whole is consistent in itself. Only what was seen before shows
that something is gone: keep the file of --heads outside the machine. It is read first and then brought up to date,
unless something is wrong.

Exit code: 0 the trail is whole, 1 it is not.`;

/** Last entry seen of each tenant. */
const Heads = z.record(
  z.string(),
  z.object({ seq: z.number().int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) }),
);

export function auditCommand(attach: Attach): Command {
  return new Command('audit')
    .description('the trail of what was done, and the proof that it is whole')
    .addCommand(verifyCommand(attach))
    .addCommand(listCommand(attach));
}

function verifyCommand(attach: Attach): Command {
  return new Command('verify')
    .description('read every entry, check that it is what was written and that none is gone')
    .option('--tenant <tenant>', 'id or name; all unless given')
    .option('--heads <file>', 'compare with what was seen before, and remember what is seen now')
    .option('--json', 'print as JSON')
    .addHelpText('after', verifyHelp)
    .action((options: VerifyOptions) => withStore(attach, (store) => verify(store, options)));
}

async function verify(store: Store, { tenant, heads, json }: VerifyOptions): Promise<void> {
  const seen = readHeads(heads);
  const results: AuditVerification[] = [];
  for (const id of await selectTenants(store, tenant, seen)) {
    results.push(await store.audit.verify(store.db, id, seen.get(id)));
  }
  const isWhole = results.every(({ faults }) => faults.length === 0);
  if (json) writeJson(true, { whole: isWhole, tenants: results.map(toJson) });
  else for (const result of results) print(result);
  if (!isWhole) process.exitCode = exitCodes.negative;
  else if (heads) await writeHeads(heads, seen, results);
}

/** All that exist and all that were seen before: a trail that vanished as a whole is found missing. */
async function selectTenants(
  store: Store,
  wanted: string | undefined,
  seen: ReadonlyMap<string, AuditHead>,
): Promise<TenantId[]> {
  if (wanted !== undefined) return [(await chooseTenant(store, wanted)).id];
  const existing = (await listTenants(store.db)).map(({ id }) => id);
  return [...new Set([...existing, ...(seen.keys() as Iterable<TenantId>)])];
}

function listCommand(attach: Attach): Command {
  return new Command('list')
    .description('entries, newest first')
    .option('--tenant <tenant>', 'id or name; needed where there are several')
    .option('--limit <count>', 'how many', Number, 50)
    .option('--json', 'print as JSON')
    .action((options: { tenant?: string; limit: number; json?: boolean }) =>
      withStore(attach, async (store) => {
        const { id } = await chooseTenant(store, options.tenant);
        const limit = Math.min(Math.max(Math.trunc(options.limit) || 50, 1), 10_000);
        const entries = (await store.audit.list(store.db, id, { limit })).map((entry) => ({
          seq: entry.seq,
          id: entry.id,
          at: entry.at.toISOString(),
          actor: entry.actor,
          action: entry.action,
          target: entry.target,
          details: entry.details,
        }));
        if (options.json) writeJson(true, { tenant: id, entries });
        for (const { seq, at, actor, action, target } of options.json ? [] : entries) {
          console.log([seq, at, actor, action, target].join('  '));
        }
      }),
    );
}

function print({ tenant, entries, faults }: AuditVerification): void {
  if (faults.length === 0) console.log(`${paint('green', 'whole ')} ${tenant}: ${entries} entries`);
  for (const { kind, seq } of faults) {
    console.log(`${paint('red', 'broken')} ${tenant}: ${kind.replace('_', ' ')} at entry ${seq}`);
  }
}

function toJson({ tenant, entries, head, faults }: AuditVerification) {
  return { tenant, entries, head: { seq: head.seq, hash: toHex(head.hash) }, faults };
}

function readHeads(path: string | undefined): Map<string, AuditHead> {
  if (path === undefined || !existsSync(path)) return new Map();
  const heads = Heads.parse(JSON.parse(readFileSync(path, 'utf8')));
  return new Map(
    Object.entries(heads).map(([id, { seq, hash }]) => [
      id,
      { seq, hash: Buffer.from(hash, 'hex') },
    ]),
  );
}

async function writeHeads(
  path: string,
  seen: ReadonlyMap<string, AuditHead>,
  results: readonly AuditVerification[],
): Promise<void> {
  const heads = new Map([
    ...seen,
    ...results.map(({ tenant, head }) => [tenant as string, head] as const),
  ]);
  const content = [...heads].map(([id, { seq, hash }]) => [id, { seq, hash: toHex(hash) }]);
  await replaceFile(path, Buffer.from(`${JSON.stringify(Object.fromEntries(content), null, 2)}\n`));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
