import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { loadConfig } from '../config.ts';
import { attachStore, masterKeyOptions } from '../open-store.ts';
import { auditCommand } from './audit.ts';
import { compareCommand } from './compare.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { documentsCommand } from './documents.ts';
import { evaluateCommand } from './evaluate.ts';
import { keysCommand } from './keys.ts';
import { masterKeyCommand } from './master-key.ts';
import { modelsCommand } from './models.ts';
import { exitCodes, reportFailure } from './output.ts';
import { sessionsCommand } from './sessions.ts';
import { serveCommand, startCommand } from './start.ts';
import { tenantsCommand } from './tenants.ts';
import { verifyCommand } from './verify.ts';
import { webhooksCommand } from './webhooks.ts';
import { workflowsCommand } from './workflows.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

function createProgram(): Command {
  return new Command('bonafide')
    .description('Self-hosted identity verification. Start with `bonafide demo`.')
    .version(version)
    .addCommand(demoCommand())
    .addCommand(startCommand(version))
    .addCommand(serveCommand(version))
    .addCommand(verifyCommand())
    .addCommand(compareCommand())
    .addCommand(modelsCommand())
    .addCommand(tenantsCommand(attach))
    .addCommand(keysCommand(attach))
    .addCommand(auditCommand(attach))
    .addCommand(webhooksCommand(attach, () => loadConfig(process.env).webhooks.allowPrivate))
    .addCommand(workflowsCommand(attach))
    .addCommand(sessionsCommand(attach, () => loadConfig(process.env)))
    .addCommand(masterKeyCommand(() => masterKeyOptions(loadConfig(process.env))))
    .addCommand(documentsCommand())
    .addCommand(evaluateCommand())
    .addCommand(doctorCommand());
}

const attach = () => attachStore(loadConfig(process.env));

/** Commander ends the process on its own otherwise, and with code 1, which here means a negative verdict. */
function throwInsteadOfExit(command: Command): Command {
  command.exitOverride().showHelpAfterError('(run with --help for the options)');
  for (const child of command.commands) throwInsteadOfExit(child);
  return command;
}

// A reader that has seen enough (`| head`) is no failure; an answer that nobody can read is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.exit(reportFailure(error));
});

try {
  await throwInsteadOfExit(createProgram()).parseAsync();
} catch (error) {
  // Help and version are thrown too, with code 0; usage errors have already been printed.
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else process.exitCode = reportFailure(error);
}
