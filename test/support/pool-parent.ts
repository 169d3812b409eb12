import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from '../../src/platform/processes/process-pool.ts';

/** A parent to be killed: starts two children, keeps one stuck and one waiting, and tells their process ids. */
const pool = new ProcessPool({
  size: 2,
  queueLimit: 4,
  child: {
    modulePath: fileURLToPath(new URL('./pool-child.ts', import.meta.url)),
    execArgv: ['--import', createRequire(import.meta.url).resolve('tsx')],
    env: {},
    startTimeoutMs: 60_000,
  },
});
await pool.ready();
while (pool.figures().processes.some(({ state }) => state !== 'idle')) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
void pool.run({ name: 'hang', input: null, timeoutMs: 600_000 });
console.log(
  pool
    .figures()
    .processes.map(({ pid }) => pid)
    .join(' '),
);
