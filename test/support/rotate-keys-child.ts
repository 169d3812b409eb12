import { rotateMasterKey } from '../../src/platform/keys/rotate-master-key.ts';

/** Rotates the master key again and again until somebody kills it. */
const [directory = ''] = process.argv.slice(2);

process.stdout.write('ready\n');
for (;;) await rotateMasterKey({ directory });
