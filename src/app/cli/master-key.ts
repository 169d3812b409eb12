import { Command } from 'commander';
import type { MasterKeyOptions } from '../../platform/keys/master-key.ts';
import {
  type MasterKeyStatus,
  masterKeyStatus,
  rotateMasterKey,
} from '../../platform/keys/rotate-master-key.ts';
import { writeJson } from './output.ts';

interface JsonOption {
  json?: boolean;
}

/** Needs the key files only, so it works beside a running platform and without one. */
export function masterKeyCommand(options: () => MasterKeyOptions): Command {
  const status = new Command('status')
    .description('which master key wraps the data keys, and whether a rotation is unfinished')
    .option('--json', 'print as JSON')
    .action(async ({ json }: JsonOption) => show(await masterKeyStatus(options()), json));
  const rotate = new Command('rotate')
    .description('make a new master key and wrap every data key under it; may be cut and run again')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      '\nWith MASTER_KEY: set the new key there and the old one in MASTER_KEY_PREVIOUS, restart every\n' +
        'copy, run this, then remove MASTER_KEY_PREVIOUS. Back up DATA_DIR/keys afterwards.',
    )
    .action(async ({ json }: JsonOption) => {
      const { rewrapped } = await rotateMasterKey(options());
      const after = await masterKeyStatus(options());
      if (json) writeJson(true, { rewrapped, ...toJson(after) });
      else {
        console.log(`${rewrapped} data keys are wrapped anew`);
        show(after, false);
      }
    });
  return new Command('master-key')
    .description('root of the encryption at rest')
    .addCommand(status)
    .addCommand(rotate);
}

function show(status: MasterKeyStatus, json: boolean | undefined): void {
  if (json) {
    writeJson(true, toJson(status));
    return;
  }
  console.log(`master key ${status.current}, from ${sources[status.source]}`);
  for (const [id, count] of Object.entries(status.wrappedKeys)) {
    console.log(
      `  ${count} data keys under ${id}${id === status.current ? '' : ' (an earlier one)'}`,
    );
  }
  if (status.isRotating) {
    console.log('A rotation is unfinished: run `bonafide master-key rotate`.');
  }
}

const sources = { environment: 'MASTER_KEY', files: 'DATA_DIR/keys' } as const;

function toJson({ source, current, wrappedKeys, isRotating }: MasterKeyStatus) {
  return { source, current, wrapped_keys: wrappedKeys, is_rotating: isRotating };
}
