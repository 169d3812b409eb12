import { createServer as createProbe } from 'node:net';
import { AppError } from '../core/errors.ts';

/** Seconds of starting are not wasted when another program has the port. */
export function checkPort(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createProbe();
    probe.once('error', (error) => reject(portError(error)));
    probe.listen({ port, host }, () => probe.close(() => resolve()));
  });
}

/** What `listen` failed with, in words. */
export function toPortError(error: unknown): never {
  throw portError(error);
}

function portError(error: unknown): unknown {
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const reasons = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const where = `${address ?? ''}:${port ?? ''}`;
  return new AppError('port_unusable', `${where}: ${reasons[code]}`, { cause: error });
}
