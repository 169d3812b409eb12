import { type Config, ConfigError } from './config.ts';
import type { SessionRole } from './sessions.ts';

/** What a process of the platform can do; `bonafide start` does all of it. */
export const allRoles = ['api', 'sessions', 'cpu', 'inference', 'delivery'] as const;
export type Role = (typeof allRoles)[number];

/** Roles whose handlers the engine calls. */
export const engineRoles: readonly SessionRole[] = ['sessions', 'cpu', 'inference'];

/** Roles that decode and run models. The API does for the calls that are answered at once. */
export const visionRoles: readonly Role[] = ['api', 'cpu', 'inference'];

/**
 * Reads `api,cpu`.
 * @throws ConfigError naming what is no role
 */
export function parseRoles(text: string): Role[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const strange = names.filter((name) => !allRoles.some((role) => role === name));
  if (strange.length > 0) {
    throw new ConfigError(`--roles: ${strange.join(', ')}: choose from ${allRoles.join(', ')}`);
  }
  if (names.length === 0) throw new ConfigError(`--roles: choose from ${allRoles.join(', ')}`);
  return allRoles.filter((role) => names.includes(role));
}

export function hasAny(roles: readonly Role[], wanted: readonly Role[]): boolean {
  return wanted.some((role) => roles.includes(role));
}

/**
 * Copies share a database, an engine and objects, so nothing of it may be embedded.
 * @throws ConfigError naming everything that is missing
 */
export function requireShared(
  config: Pick<Config, 'database' | 'engine'>,
  roles: readonly Role[],
): void {
  const { ingressUrl, adminUrl, workerUrl } = config.engine;
  const needsEngine = hasAny(roles, ['api', ...engineRoles]);
  const missing = [
    ...(config.database.url ? [] : ['DATABASE_URL: your PostgreSQL']),
    ...(needsEngine && !(ingressUrl && adminUrl)
      ? ['RESTATE_INGRESS_URL, RESTATE_ADMIN_URL: your Restate']
      : []),
    ...(hasAny(roles, engineRoles) && !workerUrl
      ? ['WORKER_URL: where your Restate reaches these roles']
      : []),
  ];
  if (missing.length === 0) return;
  const lines = missing.map((line) => `  ${line}`).join('\n');
  throw new ConfigError(
    `The roles ${roles.join(', ')} need what all copies share. Set:\n${lines}\n  (\`bonafide start\` embeds all of it on one machine.)`,
  );
}
