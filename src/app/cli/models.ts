import { Command, Option } from 'commander';
import { modelRoles } from '../../core/model.ts';
import {
  LOCAL_PACK,
  listModels,
  type ModelInventory,
  planPull,
  removeFromPack,
  verifyModels,
} from '../../features/models/index.ts';
import { loadConfig } from '../config.ts';
import { type AddOptions, planAdded } from './models-add.ts';
import { type InstallOptions, installAfterConsent, loadOnce } from './models-install.ts';
import { createProgress, exitCodes, paint, writeJson } from './output.ts';

interface JsonOption {
  json?: boolean;
}

export function modelsCommand(): Command {
  return new Command('models')
    .description('which models answer, whether they are sound, and where better ones come from')
    .addCommand(listCommand())
    .addCommand(verifyCommand())
    .addCommand(pullCommand())
    .addCommand(addCommand())
    .addCommand(removeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('models that serve, models that are installed, and models that can be pulled')
    .option('--json', 'print as JSON')
    .action(async ({ json }: JsonOption) => {
      const inventory = await listModels(dataDir());
      if (json) writeJson(true, toJson(inventory));
      else console.log(renderInventory(inventory));
    });
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('read every installed model, compare its digest, load it, compare its input')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExit code: 0 all sound, 1 otherwise.')
    .action(async ({ json }: JsonOption) => {
      const progress = createProgress();
      const findings = await verifyModels(dataDir(), loadOnce, (done, total) =>
        progress.update(done, total, 'models'),
      );
      progress.finish();
      const rows = findings.map(({ pack, model, serves, problem }) => ({
        ...toRow({ pack, model, serves }),
        ok: problem === undefined,
        ...(problem && { code: problem.code, detail: problem.message }),
      }));
      if (json) writeJson(true, { models: rows });
      for (const { ok, name, pack, detail } of json ? [] : rows) {
        console.log(
          `${ok ? paint('green', 'ok     ') : paint('red', 'damaged')} ${name} (${pack})`,
        );
        if (detail !== undefined) console.log(`        ${detail}`);
      }
      if (rows.some(({ ok }) => !ok)) process.exitCode = exitCodes.negative;
    });
}

function pullCommand(): Command {
  return withInstallOptions(new Command('pull'))
    .description('install models from a manifest (address, folder) or from the catalogue (name)')
    .argument('<source>', 'https address or path of a manifest, or the name of a catalogue entry')
    .option('--model <name...>', 'take these models of the manifest instead of those it recommends')
    .addHelpText('after', PULL_HELP)
    .action(async (source: string, options: InstallOptions & { model?: string[] }) => {
      const plan = await planPull(source, { names: options.model });
      await installAfterConsent(plan, dataDir(), options);
    });
}

const PULL_HELP = `
Shows address, sha256, licence and caveats of each model and asks for consent before anything is fetched.
Models of pack "local" serve at once after a restart; under another --name they serve where --pack names them,
so that they can be evaluated first:
  bonafide models pull https://models.example.org/manifest.json --name trial
  bonafide evaluate faces --pairs pairs.csv --root pictures --pack trial`;

function addCommand(): Command {
  return withInstallOptions(new Command('add'))
    .description('install an ONNX file of this machine')
    .argument('<file>', 'ONNX file with one float32 picture as input')
    .addOption(
      new Option('--role <role>', 'what it is for').choices(modelRoles).makeOptionMandatory(),
    )
    .requiredOption('--licence <text>', 'the licence under which you use it')
    .requiredOption('--shape <dimensions>', 'input as the graph declares it: Nx3x112x112')
    .requiredOption('--scale <formula>', 'what is done to a pixel x of 0…255: "(x-127.5)/127.5"')
    .requiredOption('--align <name>', 'how the face is cut out: arcface-112, box-2.7, …')
    .addOption(new Option('--order <channels>').choices(['RGB', 'BGR']).default('RGB'))
    .option('--live-index <class>', 'class of a living person; role pad only', Number)
    .option('--model-name <name>', 'default: the name of the file')
    .option('--model-version <version>', 'default: the start of its digest')
    .action(async (file: string, options: InstallOptions & AddOptions) => {
      await installAfterConsent(await planAdded(file, options), dataDir(), options);
    });
}

function removeCommand(): Command {
  return new Command('remove')
    .description(
      'take a model out of a pack and delete its file; what the default pack has serves again',
    )
    .argument('[model]', 'name of the model; without it the whole pack goes')
    .option('--name <pack>', 'pack to take it from', LOCAL_PACK)
    .option('--json', 'print as JSON')
    .action(async (model: string | undefined, { name, json }: { name: string } & JsonOption) => {
      await removeFromPack(dataDir(), name, model);
      if (json) writeJson(true, { pack: name, removed: model ?? 'all' });
      else
        console.log(`Removed ${model ?? 'everything'} from pack ${name}. Restart what is running.`);
    });
}

function withInstallOptions(command: Command): Command {
  return command
    .option('--name <pack>', 'pack to install into', LOCAL_PACK)
    .option('--fuse', 'join the models that serve the role already, and fuse their scores')
    .option('--accept-licence', 'you have read the licences and caveats and accept them')
    .option('--json', 'print what was installed as JSON');
}

function dataDir(): string {
  return loadConfig(process.env).dataDir;
}

function toRow({ pack, model, serves }: ModelInventory['installed'][number]) {
  return { role: model.role, ...model.model, pack, serves };
}

function toJson({ installed, optional }: ModelInventory) {
  return {
    installed: installed.map(toRow),
    optional: optional.map(({ name, role, sha256, licence, caveats, source }) => ({
      name,
      role,
      sha256,
      licence,
      caveats,
      url: 'url' in source ? source.url : null,
    })),
  };
}

function renderInventory({ installed, optional }: ModelInventory): string {
  const rows = installed.map(({ pack, model, serves }) =>
    [
      serves ? paint('green', 'serves') : '      ',
      model.role.padEnd(16),
      `${model.model.name} ${model.model.version}`.padEnd(48),
      `pack ${pack}`.padEnd(16),
      model.model.sha256.slice(0, 12),
    ].join('  '),
  );
  const pullable = optional.map((card) => {
    const hasAddress = 'url' in card.source && card.source.url !== null;
    const how = hasAddress ? 'pull by name' : 'from a manifest of your own';
    return `        ${card.role.padEnd(16)}  ${card.name.padEnd(48)}  ${how}; ${card.licence}`;
  });
  return [...rows, '', 'Not installed, known to the catalogue (docs/models.md):', ...pullable].join(
    '\n',
  );
}
