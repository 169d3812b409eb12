import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractConfiguration from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const planted = mkdtempSync(join(tmpdir(), 'bonafide-rule-'));
afterAll(() => rmSync(planted, { recursive: true, force: true }));

/** rule, offending file, its content */
const offenders: [rule: string, file: string, content: string][] = [
  ['core-knows-nobody', 'src/core/offender.ts', `import '../vision/target.ts';`],
  ['vision-knows-core-only', 'src/vision/offender.ts', `import 'node:fs';`],
  ['platform-knows-core-only', 'src/platform/db/offender.ts', `import '../../vision/target.ts';`],
  ['http-knows-core-only', 'src/http/offender.ts', `import '../platform/target.ts';`],
  [
    'nobody-imports-app',
    'src/features/faces/app-offender.usecase.ts',
    `import '../../app/target.ts';`,
  ],
  [
    'features-enter-each-other-by-the-door',
    'src/features/faces/door-offender.ts',
    `import '../sessions/inner.ts';`,
  ],
  ['pure-feature-files-do-no-io', 'src/features/faces/io-offender.ts', `import 'node:fs';`],
  [
    'pure-feature-files-see-only-types-of-vision',
    'src/features/faces/vision-offender.ts',
    `import '../../vision/target.ts';`,
  ],
  [
    'tasks-get-their-adapters-handed-in',
    'src/features/faces/offender.task.ts',
    `import '../../platform/target.ts';`,
  ],
  [
    'sql-lives-in-repositories',
    'src/features/faces/offender.routes.ts',
    `import '../../platform/db/target.ts';`,
  ],
  ['native-runtimes-have-one-home', 'src/platform/db/sharp-offender.ts', `import 'sharp';`],
  ['web-knows-the-client-only', 'web/console/offender.ts', `import '../../src/core/target.ts';`],
  ['resolvable', 'src/core/missing-offender.ts', `import './nowhere.ts';`],
  ['no-cycles', 'src/core/cycle-a.ts', `import './cycle-b.ts';`],
];
const bystanders: [file: string, content: string][] = [
  ['src/core/target.ts', ''],
  ['src/core/cycle-b.ts', `import './cycle-a.ts';`],
  ['src/vision/target.ts', ''],
  ['src/platform/target.ts', ''],
  ['src/platform/db/target.ts', ''],
  ['src/app/target.ts', ''],
  ['src/features/sessions/inner.ts', ''],
];

describe('the import rule', () => {
  it('finds each planted offender', async () => {
    // Real packages must resolve below a real `node_modules/`: a linked folder would make the patterns match nothing.
    mkdirSync(join(planted, 'node_modules'));
    for (const name of ['sharp', 'zod'])
      symlinkSync(join(root, 'node_modules', name), join(planted, 'node_modules', name));
    for (const [file, content] of [
      ...offenders.map(([, file, content]) => [file, content] as const),
      ...bystanders,
    ]) {
      mkdirSync(dirname(join(planted, file)), { recursive: true });
      writeFileSync(join(planted, file), `${content}\nexport {};\n`);
    }
    const config = await extractConfiguration(join(root, '.dependency-cruiser.cjs'));
    const { tsConfig, ...options } = config.options ?? {};
    const result = await cruise(['src', 'web'], {
      ...options,
      baseDir: planted,
      preserveSymlinks: true,
      validate: true,
      ruleSet: { forbidden: config.forbidden ?? [] },
    });
    if (typeof result.output === 'string') throw new TypeError('Expected the result as an object');
    const found = result.output.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
    for (const [rule, file] of offenders) expect(found).toContain(`${rule}: ${file}`);
  });
});
