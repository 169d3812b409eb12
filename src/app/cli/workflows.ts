import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { findCheck } from '../../features/checks/index.ts';
import {
  changeDraft,
  createWorkflow,
  listWorkflows,
  publishWorkflow,
  readVersion,
  readWorkflow,
  validateWorkflow,
  type WorkflowIssue,
} from '../../features/workflows/index.ts';
import { writeJson } from './output.ts';
import { type Attach, chooseTenant, withStore } from './with-store.ts';

interface Options {
  tenant?: string;
  json?: boolean;
}

/** Drafts, validation and publication of workflows from files. */
export function workflowsCommand(attach: Attach): Command {
  return new Command('workflows')
    .description('which checks a session makes: list, show, validate, save and publish workflows')
    .addCommand(listCommand(attach))
    .addCommand(showCommand(attach))
    .addCommand(validateCommand())
    .addCommand(saveCommand(attach))
    .addCommand(publishCommand(attach));
}

function listCommand(attach: Attach): Command {
  return common('list', 'the workflows of a tenant').action((options: Options) =>
    withStore(attach, async (store) => {
      const { id } = await chooseTenant(store, options.tenant);
      const workflows = await listWorkflows(store.db, id);
      if (options.json) return writeJson(true, workflows);
      for (const { name, latestVersion, draft, title } of workflows) {
        const state = [latestVersion > 0 ? `v${latestVersion}` : 'unpublished', draft && 'draft'];
        process.stdout.write(`${name}\t${state.filter(Boolean).join(', ')}\t${title}\n`);
      }
    }),
  );
}

function showCommand(attach: Attach): Command {
  return common('show <name>', 'a graph: the draft, or a published version')
    .option('--version-number <n>', 'published version; the latest unless given', Number)
    .option('--draft', 'the draft instead')
    .action((name: string, options: Options & { versionNumber?: number; draft?: boolean }) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        const { draft, latestVersion } = await readWorkflow(store.db, tenant, name);
        const version = options.versionNumber ?? latestVersion;
        writeJson(
          true,
          options.draft ? draft : (await readVersion(store.db, tenant, name, version)).graph,
        );
      }),
    );
}

function validateCommand(): Command {
  return new Command('validate')
    .description('check a graph without saving it; needs no platform')
    .argument('<file>', 'JSON file of the graph')
    .option('--json', 'print the result as JSON')
    .action((file: string, options: Options) => {
      const { graph, issues } = validateWorkflow(readGraph(file), findCheck);
      if (options.json) writeJson(true, { valid: issues.length === 0, issues, graph });
      else printIssues(issues);
      if (issues.length > 0) process.exitCode = 1;
    });
}

function saveCommand(attach: Attach): Command {
  return common('save <name> <file>', 'make or replace the draft of a workflow')
    .option('--title <title>', 'for people')
    .action((name: string, file: string, options: Options & { title?: string }) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        const draft = readGraph(file);
        const known = (await listWorkflows(store.db, tenant)).find((one) => one.name === name);
        const { title } = options;
        const saved = known
          ? await changeDraft(store.db, tenant, name, { draft, ...(title && { title }) })
          : await createWorkflow(store.db, tenant, {
              id: newId('workflow'),
              name,
              title: title ?? name,
              draft,
            });
        const { issues } = validateWorkflow(draft, findCheck);
        if (options.json)
          writeJson(true, { id: saved.id, name, valid: issues.length === 0, issues });
        else printIssues(issues);
      }),
    );
}

function publishCommand(attach: Attach): Command {
  return common('publish <name>', 'make the draft the next version').action(
    (name: string, options: Options) =>
      withStore(attach, async (store) => {
        const { id: tenant } = await chooseTenant(store, options.tenant);
        const { version, workflow } = await publishWorkflow(store.db, tenant, name);
        if (options.json) writeJson(true, { id: workflow, name, version });
        else process.stdout.write(`${name} is published as version ${version}\n`);
      }),
  );
}

function common(nameAndArguments: string, description: string): Command {
  const [name = '', ...args] = nameAndArguments.split(' ');
  const command = new Command(name)
    .description(description)
    .option('--tenant <id or name>', 'where there are several')
    .option('--json', 'print the result as JSON');
  for (const argument of args) command.argument(argument);
  return command;
}

function printIssues(issues: readonly WorkflowIssue[]): void {
  if (issues.length === 0) process.stdout.write('valid\n');
  for (const { code, pointer, detail } of issues) {
    process.stdout.write(`${pointer}\t${code}\t${detail}\n`);
  }
}

/** @throws AppError workflow_invalid */
function readGraph(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw new AppError('workflow_invalid', `${file}: ${reason}`, { cause: error });
  }
  throw new AppError('workflow_invalid', `${file}: must hold a JSON object`);
}
