import { Command } from 'commander';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { loadConfig } from '../config.ts';
import { type Platform, startPlatform } from '../start.ts';
import { paint } from './output.ts';

export function startCommand(version: string): Command {
  return new Command('start')
    .description('Run the whole platform on this machine: API, vision, database, objects.')
    .addHelpText('after', '\nConfigured by environment variables: docs/configuration.md.')
    .action(async () => {
      const startedAt = performance.now();
      const config = loadConfig(process.env);
      const log = createLogger({ level: config.log.level });
      const signal = waitForSignal();
      const platform = await startPlatform(config, { log, version });
      announce(platform, config.dataDir, performance.now() - startedAt);
      try {
        log.info({ signal: await Promise.race([signal, platform.lost]) }, 'stopping');
      } finally {
        await platform.close();
      }
      // Everything was closed; what native libraries keep open must not keep us.
      process.exit();
    });
}

/** Where everything is, on standard error: standard output carries the log. */
function announce(platform: Platform, dataDir: string, startedInMs: number): void {
  const lines = [
    ['API', platform.url],
    ['Documentation', `${platform.url}/docs`],
    ['Metrics', platform.metricsUrl],
    ['Data', dataDir],
    ['Credentials', `${platform.credentialsFile}${platform.isFirstStart ? ' (new)' : ''}`],
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
