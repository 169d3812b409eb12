import { Command } from 'commander';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { loadConfig } from '../config.ts';
import { allRoles, parseRoles, type Role } from '../roles.ts';
import { type Platform, startPlatform } from '../start.ts';
import { paint } from './output.ts';

export function startCommand(version: string): Command {
  return new Command('start')
    .description('Run the whole platform on this machine: API, vision, database, objects.')
    .addHelpText('after', '\nConfigured by environment variables: docs/configuration.md.')
    .action(() => runUntilSignal(version));
}

export function serveCommand(version: string): Command {
  return new Command('serve')
    .description('Run some roles of the platform, against your PostgreSQL, Restate and objects.')
    .requiredOption('--roles <names>', `separated by commas: ${allRoles.join(', ')}`)
    .addHelpText(
      'after',
      '\nNeeds DATABASE_URL, RESTATE_INGRESS_URL, RESTATE_ADMIN_URL and WORKER_URL; every copy needs the same\nDATA_DIR/keys and objects. See docs/operations.md.',
    )
    .action(({ roles }: { roles: string }) => runUntilSignal(version, parseRoles(roles)));
}

async function runUntilSignal(version: string, roles?: readonly Role[]): Promise<void> {
  const startedAt = performance.now();
  const config = loadConfig(process.env);
  const log = createLogger({ level: config.log.level });
  const signal = waitForSignal();
  const platform = await startPlatform(config, { log, version, ...(roles && { roles }) });
  announce(platform, config.dataDir, performance.now() - startedAt, roles);
  try {
    log.info({ signal: await Promise.race([signal, platform.lost]) }, 'stopping');
  } finally {
    await platform.close();
  }
  // Everything was closed; what native libraries keep open must not keep us.
  process.exit();
}

/** Where everything is, on standard error: standard output carries the log. */
function announce(
  platform: Platform,
  dataDir: string,
  startedInMs: number,
  roles?: readonly Role[],
): void {
  const { url, metricsUrl, isFirstStart } = platform;
  const credentials = `${platform.credentialsFile}${isFirstStart ? ' (new)' : ''}`;
  const lines = [
    ...(roles ? [['Roles', roles.join(', ')]] : []),
    ...(url
      ? [
          ['API', url],
          ['Documentation', `${url}/docs`],
        ]
      : []),
    ['Metrics', metricsUrl],
    ['Data', dataDir],
    ...(url ? [['Credentials', credentials]] : []),
  ];
  process.stderr.write(
    `${paint('green', 'Bonafide is ready', process.stderr)} after ${(startedInMs / 1000).toFixed(1)} s\n${lines
      .map(([name, value]) => `  ${String(name).padEnd(14)}${value}\n`)
      .join('')}Stop it with Ctrl-C.\n`,
  );
}

/** The first one stops gracefully, the second one at once. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    let count = 0;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        count++;
        if (count > 1) process.exit(130);
        resolve(name);
      });
    }
  });
}
