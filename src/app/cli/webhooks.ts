import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { type Environment, environments } from '../../core/principal.ts';
import {
  type Caller,
  createWebhook,
  type Delivery,
  type DeliveryState,
  deliveryStates,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  replayDead,
  replayDelivery,
  rotateSecret,
  sendTestEvent,
  toDeliveryJson,
  toWebhookJson,
  type Webhook,
  WebhookSettings,
  type WebhookStores,
} from '../../features/webhooks/index.ts';
import { createAddressPolicy } from '../../platform/outgoing/address-policy.ts';
import type { Store } from '../open-store.ts';
import { writeJson } from './output.ts';
import { type Attach, chooseTenant, withStore } from './with-store.ts';

interface CommonOptions {
  tenant?: string;
  environment: Environment;
  json?: boolean;
}

/** @param allowPrivate ranges of `WEBHOOK_ALLOW_PRIVATE` */
export function webhooksCommand(attach: Attach, allowPrivate: () => readonly string[]): Command {
  const run = <T>(
    options: CommonOptions,
    work: (stores: WebhookStores, caller: Caller) => Promise<T>,
  ) =>
    withStore(attach, async (store) => {
      const { id: tenant } = await chooseTenant(store, options.tenant);
      const caller = { tenant, environment: options.environment, actor: 'operator' };
      return work(storesOf(store, allowPrivate()), caller);
    });
  return new Command('webhooks')
    .description('where events are sent, what became of them, and sending them once more')
    .addCommand(createCommand(run))
    .addCommand(listCommand(run))
    .addCommand(deleteCommand(run))
    .addCommand(rotateCommand(run))
    .addCommand(testCommand(run))
    .addCommand(deliveriesCommand(run))
    .addCommand(replayCommand(run));
}

type Run = <T>(
  options: CommonOptions,
  work: (stores: WebhookStores, caller: Caller) => Promise<T>,
) => Promise<T>;

function createCommand(run: Run): Command {
  return common('create')
    .description('add an endpoint; its signing secret is shown once, here')
    .argument('<url>', 'https, on the public internet')
    .option('--event <event...>', 'types of events, `session.*`, or `*`', ['*'])
    .option('--description <text>', 'what it is for', '')
    .action((url: string, options: CommonOptions & { event: string[]; description: string }) =>
      run(options, async (stores, caller) => {
        const settings = WebhookSettings.safeParse({
          ...{ url, events: options.event, description: options.description },
        });
        if (!settings.success) {
          const faults = settings.error.issues.map(
            ({ path, message }) => `${path.join('.')} ${message}`,
          );
          throw new AppError('validation_failed', faults.join('; '));
        }
        const { webhook, secret } = await createWebhook(stores, caller, settings.data);
        showSecret(options, webhook, secret);
      }),
    );
}

function listCommand(run: Run): Command {
  return common('list')
    .description('all endpoints; never their secrets')
    .action((options: CommonOptions) =>
      run(options, async (stores, caller) => {
        const webhooks = await listWebhooks(stores, caller);
        if (options.json) writeJson(true, { webhooks: webhooks.map(toWebhookJson) });
        else for (const webhook of webhooks) console.log(toLine(webhook));
      }),
    );
}

function deleteCommand(run: Run): Command {
  return common('delete')
    .description('end an endpoint, with the deliveries that still wait')
    .argument('<id>', 'id of the endpoint, `whk_…`')
    .action((id: string, options: CommonOptions) =>
      run(options, async (stores, caller) => {
        await removeWebhook(stores, caller, id);
        if (options.json) writeJson(true, { id, deleted: true });
        else console.log(`${id} is deleted`);
      }),
    );
}

function rotateCommand(run: Run): Command {
  return common('rotate')
    .description('make a new signing secret; both sign until the overlap is over')
    .argument('<id>', 'id of the endpoint, `whk_…`')
    .option('--overlap-hours <hours>', 'how long both sign', parseHours, 24)
    .action((id: string, options: CommonOptions & { overlapHours: number }) =>
      run(options, async (stores, caller) => {
        const overlap = { overlapMs: options.overlapHours * 3_600_000 };
        const { webhook, secret } = await rotateSecret(stores, caller, id, overlap);
        showSecret(options, webhook, secret);
      }),
    );
}

function testCommand(run: Run): Command {
  return common('test')
    .description('send a test event; `deliveries` shows what came of it')
    .argument('<id>', 'id of the endpoint, `whk_…`')
    .action((id: string, options: CommonOptions) =>
      run(options, async (stores, caller) =>
        showDeliveries(options, [await sendTestEvent(stores, caller, id)]),
      ),
    );
}

function deliveriesCommand(run: Run): Command {
  return common('deliveries')
    .description('the newest deliveries of an endpoint')
    .argument('<id>', 'id of the endpoint, `whk_…`')
    .addOption(new Option('--state <state>').choices(deliveryStates))
    .action((id: string, options: CommonOptions & { state?: DeliveryState }) =>
      run(options, async (stores, caller) => {
        const filter = { state: options.state, limit: 200 };
        showDeliveries(options, await listDeliveries(stores, caller, id, filter));
      }),
    );
}

function replayCommand(run: Run): Command {
  return common('replay')
    .description('send one delivery, or all dead letters since a time, once more')
    .argument('<id>', 'id of the endpoint, `whk_…`')
    .option('--delivery <delivery>', 'this one, `dlv_…`')
    .option('--dead-since <time>', 'all dead letters since then (RFC 3339)', parseTime)
    .action((id: string, options: CommonOptions & { delivery?: string; deadSince?: Date }) =>
      run(options, async (stores, caller) => {
        const { delivery, deadSince } = options;
        if ((delivery === undefined) === (deadSince === undefined)) {
          throw new AppError('validation_failed', 'give either --delivery or --dead-since');
        }
        if (delivery !== undefined) {
          showDeliveries(options, [await replayDelivery(stores, caller, id, delivery)]);
          return;
        }
        const replayed = await replayDead(stores, caller, id, deadSince ?? new Date());
        if (options.json) writeJson(true, { replayed });
        else console.log(`${replayed} dead letters are sent once more`);
      }),
    );
}

function common(name: string): Command {
  return new Command(name)
    .option('--tenant <tenant>', 'id or name; needed where there are several')
    .addOption(
      new Option('--environment <environment>')
        .choices(environments)
        .default('live' satisfies Environment),
    )
    .option('--json', 'print as JSON');
}

function storesOf({ db, keys, audit }: Store, allowPrivate: readonly string[]): WebhookStores {
  return { db, audit, box: keys.box, policy: createAddressPolicy(allowPrivate) };
}

/** The only place that prints a secret. */
function showSecret({ json }: CommonOptions, webhook: Webhook, secret: string): void {
  if (json) {
    writeJson(true, { ...toWebhookJson(webhook), secret });
    return;
  }
  console.log(toLine(webhook));
  console.log(`secret: ${secret}`);
  console.error('Keep it now: it cannot be shown again.');
}

function showDeliveries({ json }: CommonOptions, deliveries: readonly Delivery[]): void {
  if (json) {
    writeJson(true, { deliveries: deliveries.map(toDeliveryJson) });
    return;
  }
  for (const { id, state, event, attempts, createdAt, nextAttemptAt } of deliveries) {
    const next = nextAttemptAt ? `next ${nextAttemptAt.toISOString()}` : '';
    const tries = `${attempts} attempts`;
    console.log([id, state, event.type, event.id, createdAt.toISOString(), tries, next].join('  '));
  }
}

function toLine({ id, enabled, environment, filters, url }: Webhook): string {
  return [id, enabled ? 'enabled' : 'disabled', environment, filters.join(','), url].join('  ');
}

function parseHours(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 720)) throw new InvalidArgumentError('must be from 0 to 720');
  return value;
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('must be a time (RFC 3339)');
  return time;
}
