import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bonafide } from '../../../test/support/command-line.ts';
import { photograph } from '../../../test/support/photographs.ts';
import type { FaceReport } from '../../features/evaluation/index.ts';

let root: string;

/** Faces of two women of photograph 6, each once as it is and once smaller and darker. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bonafide-evaluate-'));
  const cut = (left: number, top: number) =>
    sharp(photograph(6)).extract({ left, top, width: 420, height: 460 });
  for (const [name, left, top] of [
    ['anna', 1380, 200],
    ['berta', 560, 270],
  ] as const) {
    await cut(left, top)
      .jpeg()
      .toFile(join(root, `${name}-1.jpg`));
    await cut(left, top)
      .resize(260)
      .linear(0.8, 0)
      .jpeg()
      .toFile(join(root, `${name}-2.jpg`));
  }
  await writeFile(join(root, 'text.jpg'), 'not a picture');
  const rows = [
    'file_a,file_b,same,light',
    'anna-1.jpg,anna-2.jpg,1,day',
    'berta-1.jpg,berta-2.jpg,1,day',
    'anna-1.jpg,text.jpg,1,night',
    'anna-1.jpg,berta-2.jpg,0,day',
    'anna-2.jpg,missing.jpg,0,night',
  ];
  await writeFile(join(root, 'pairs.csv'), rows.join('\n'));
});
afterAll(() => rm(root, { recursive: true }));

describe('bonafide evaluate faces', () => {
  it('prints nothing but the report with --json -, and writes the page', async () => {
    const html = join(root, 'report.html');
    const { code, stdout } = await bonafide(
      ['evaluate', 'faces', '--pairs', join(root, 'pairs.csv'), '--root', root].concat([
        '--group-by',
        'light',
        '--json',
        '-',
        '--html',
        html,
      ]),
      { DATA_DIR: join(root, 'data') },
    );
    const report = JSON.parse(stdout) as FaceReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({ pairs: 5, genuine: 3, impostor: 2, failures_to_extract: 2 });
    expect(report.failures.map(({ file }) => file)).toEqual(['missing.jpg', 'text.jpg']);
    expect(report.groups.day).toMatchObject({ eer: 0, at_threshold: { fmr: 0, fnmr: 0 } });
    expect(report.groups.night?.at_threshold.fnmr).toBe(1);
    expect(report.model.name).toBe('dlib-resnet-128');
    expect(report.cpu_ms_per_image).toBeGreaterThan(0);
    expect(await readFile(html, 'utf8')).toContain('<svg');
  });

  it('names the column that the list lacks', async () => {
    await writeFile(join(root, 'wrong.csv'), 'a,b\n1,2\n');
    const { code, stdout, stderr } = await bonafide(
      ['evaluate', 'faces', '--pairs', join(root, 'wrong.csv'), '--root', root],
      { DATA_DIR: join(root, 'data') },
    );
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('the column file_a, file_b, same is missing');
  });
});
