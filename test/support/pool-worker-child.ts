import '../../src/core/polyfill.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGate, createTaskPool } from '../../src/features/sessions/index.ts';
import { createEngineClient } from '../../src/platform/engine/engine-client.ts';
import { createMessageSeal } from '../../src/platform/engine/message-seal.ts';
import { serveWorker } from '../../src/platform/engine/worker.ts';

/** One copy of the pool `cpu` that computes one task at a time, and a task only takes time. */
const [key = '', taskMs = '50', url = ''] = process.argv.slice(2);
const engine = createEngineClient({ ingress: { url }, admin: { url } });
const seal = createMessageSeal(Buffer.from(key, 'hex'));
const gate = createGate(1);
const worker = await serveWorker({
  services: [
    createTaskPool({
      ...{ pool: 'cpu', seal, gate },
      tell: (invocation) => engine.send(invocation),
      run: async () => {
        await sleep(Number(taskMs));
        const nothing = { codes: [], scores: {}, facts: {}, artifacts: {}, models: [] };
        return { result: { outcome: 'done', ...nothing } };
      },
    }),
  ],
  ...{ host: '127.0.0.1', port: 0, protocol: 'http1', logger: () => undefined },
});
process.once('disconnect', () => process.exit());
process.send?.({ port: worker.port });
