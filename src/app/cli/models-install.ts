import { createInterface } from 'node:readline/promises';
import { AppError } from '../../core/errors.ts';
import type { InstalledModel } from '../../core/model.ts';
import { installPlan, type PackContents, type PullPlan } from '../../features/models/index.ts';
import { createProgress, paint, writeJson } from './output.ts';

export interface InstallOptions {
  name: string;
  fuse?: boolean;
  acceptLicence?: boolean;
  json?: boolean;
}

/** The runtime is native and large: only the commands that need it load it. */
export async function loadOnce(model: InstalledModel): Promise<void> {
  const { loadSession } = await import('../../platform/onnx/session.ts');
  await loadSession(model);
}

/** Shows what would be installed, asks, installs, and says what serves now. */
export async function installAfterConsent(
  plan: PullPlan,
  dataDir: string,
  options: InstallOptions,
): Promise<void> {
  process.stderr.write(`${renderPlan(plan)}\n`);
  if (plan.contents.models.length === 0) {
    throw new AppError('model_manifest_invalid', 'The manifest has no model that a task can use');
  }
  if (!options.acceptLicence) await askForConsent();
  const progress = createProgress();
  const contents = await installPlan(plan, {
    dataDir,
    pack: options.name,
    fuse: options.fuse,
    probe: loadOnce,
    onProgress: (file, bytes, total) => progress.update(bytes, total, file),
  });
  progress.finish();
  if (options.json) writeJson(true, { pack: options.name, ...toJson(contents) });
  else console.log(`Pack ${options.name} now has:\n${renderContents(contents)}`);
}

function renderPlan({ contents, skipped, addresses }: PullPlan): string {
  const models = contents.models.map((model) =>
    [
      `${paint('bold', model.name, process.stderr)} (${model.role})`,
      `  from     ${addresses.get(model.file)?.href ?? model.file}`,
      `  sha256   ${model.sha256}`,
      ...(model.bytes === undefined ? [] : [`  size     ${(model.bytes / 1e6).toFixed(1)} MB`]),
      `  licence  ${model.licence}`,
      ...model.caveats.map(
        (caveat) => `  ${paint('yellow', 'caveat', process.stderr)}   ${caveat}`,
      ),
    ].join('\n'),
  );
  return [...models, ...skipped.map(({ name, reason }) => `${name}: left out, ${reason}`)].join(
    '\n',
  );
}

/** @throws AppError model_licence_not_accepted, also where nobody is there to be asked */
async function askForConsent(): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new AppError('model_licence_not_accepted', 'Nobody is here to accept the licences');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Do you accept these licences and caveats? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new AppError('model_licence_not_accepted');
}

function toJson({ models, fusion }: PackContents) {
  const rows = models.map(({ name, version, role, sha256, licence }) => ({
    name,
    version,
    role,
    sha256,
    licence,
  }));
  return { models: rows, fusion };
}

function renderContents({ models, fusion }: PackContents): string {
  const rows = models.map(({ name, role }) => {
    const rule = fusion[role];
    return `  ${role.padEnd(16)}  ${name}${rule ? ` (fused: ${rule.replaceAll('-', ' ')})` : ''}`;
  });
  return `${rows.join('\n')}\nRestart what is running, so that it takes them.`;
}
