import { Command } from 'commander';
import { resumeAll } from '../../features/sessions/index.ts';
import { engineAddress } from '../../platform/engine/embedded-engine.ts';
import { createEngineClient } from '../../platform/engine/engine-client.ts';
import { createMessageSeal } from '../../platform/engine/message-seal.ts';
import type { Config } from '../config.ts';
import { writeJson } from './output.ts';
import { type Attach, withStore } from './with-store.ts';

/** What operators do about sessions as a whole. */
export function sessionsCommand(attach: Attach, load: () => Config): Command {
  return new Command('sessions').description('sessions as a whole').addCommand(
    new Command('resume')
      .description(
        'set off again what should be under way in open sessions, after Restate was replaced or lost its data',
      )
      .option('--json', 'print the count as JSON')
      .action((options: { json?: boolean }) =>
        withStore(attach, async ({ db, keys }) => {
          const { dataDir, engine } = load();
          const { ingressUrl, adminUrl } = engine;
          const client = createEngineClient(
            ingressUrl && adminUrl
              ? { ingress: { url: ingressUrl }, admin: { url: adminUrl } }
              : engineAddress(dataDir),
          );
          try {
            const seal = createMessageSeal(keys.purposeKey('engine-messages'));
            const send = (invocation: Parameters<typeof client.send>[0]) => client.send(invocation);
            const resumed = await resumeAll({ db, seal, send }, new Date());
            if (options.json) writeJson(true, { resumed });
            else process.stdout.write(`${resumed} open sessions resumed\n`);
          } finally {
            client.close();
          }
        }),
      ),
  );
}
