import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAnalysis, makeFace, straightCalibration } from '../../../test/support/faces.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { evaluateFaces } from './evaluate-faces.usecase.ts';
import { evaluateSearch } from './evaluate-search.usecase.ts';
import { renderFaceReport, renderSearchReport } from './report.ts';

/** A "picture" is a file whose text is the angle of its embedding, in hundredths of π; `none` and `broken` fail. */
const runner: TaskRunner = {
  async run(_task, input) {
    const { bytes, name } = input as { bytes: Uint8Array; name: string };
    const text = Buffer.from(bytes).toString();
    if (text === 'broken') throw new AppError('image_unreadable', `\`${name}\`: broken`);
    if (text === 'dead') throw new AppError('model_unavailable');
    const face = makeFace({ angle: (Number(text) / 100) * Math.PI, quality: { overall: 30 } });
    return (text === 'none' ? makeAnalysis() : makeAnalysis(face)) as never;
  },
};
const model = { name: 'made-up', version: '1', sha256: 'a'.repeat(64) };
const pack = {
  name: 'test',
  calibration: straightCalibration,
  warnings: [],
  identities: { 'face-embedding': model },
} as const;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bonafide-evaluation-'));
  for (const [name, text] of Object.entries({
    a0: '0',
    a1: '1',
    a2: '20',
    b0: '50',
    b1: '52',
    lost: 'none',
    bad: 'broken',
    dead: 'dead',
  })) {
    await writeFile(join(root, name), text);
  }
});
afterAll(() => rm(root, { recursive: true }));

const pairs = (...rows: string[]) => ['file_a,file_b,same,lit,note', ...rows].join('\n');

describe('evaluateFaces', () => {
  it('gives the rates that the pairs were made to give, overall and by group', async () => {
    const report = await evaluateFaces(runner, pack, {
      root,
      groupBy: 'lit',
      pairs: pairs(
        'a0,a1,1,day,x',
        'b0,b1,1,day,',
        'a0,a2,1,night,',
        'a0,b0,0,day,',
        'a1,b1,0,night,',
      ),
    });
    expect(report).toMatchObject({
      pairs: 5,
      genuine: 3,
      impostor: 2,
      images: 5,
      failures_to_extract: 0,
      failures: [],
      eer: 0,
      fnmr_at_fmr: { '0.01': 0, '0.001': 0 },
      at_threshold: { similarity: 80, fmr: 0, fnmr: 0 },
      model: { name: 'made-up', sha256: 'a'.repeat(64) },
      groups: { day: { genuine: 2, impostor: 1 }, night: { genuine: 1, impostor: 1 } },
    });
    // cos(0.2 π) = 0.809; at 81 one genuine pair of three would fail.
    expect(report.curve.some(({ fnmr }) => Math.abs(fnmr - 1 / 3) < 1e-4)).toBe(true);
    expect(report.quality_filters).toContainEqual({
      filter: 'LOW',
      pairs_kept: 1,
      fmr: 0,
      fnmr: 0,
    });
    expect(report.quality_filters).toContainEqual({
      filter: 'HIGH',
      pairs_kept: 0,
      fmr: null,
      fnmr: null,
    });
  });

  it('counts genuine pairs without a face as non-matches, and names every such file once', async () => {
    const list = pairs(
      'a0,a1,1,,',
      'a0,lost,1,,',
      'bad,b0,1,,',
      'a0,missing,0,,',
      'a0,b0,0,,',
      'lost,b1,0,,',
    );
    const report = await evaluateFaces(runner, pack, { root, pairs: list });
    expect(report.at_threshold).toMatchObject({ fmr: 0, fnmr: 0.66667 });
    expect(report).toMatchObject({ genuine: 3, impostor: 3, failures_to_extract: 3, groups: {} });
    expect(report.pairs_failed).toEqual({ genuine: 2, impostor: 2 });
    expect(report.failures.map(({ file, code }) => [file, code])).toEqual([
      ['bad', 'image_unreadable'],
      ['lost', 'face_not_found'],
      ['missing', 'file_unreadable'],
    ]);
  });

  it('ends on a fault of the installation instead of reporting it as a result', async () => {
    const run = evaluateFaces(runner, pack, { root, pairs: pairs('a0,dead,1,,') });
    await expect(run).rejects.toMatchObject({ code: 'model_unavailable' });
  });

  it('refuses a column to group by that is not there', async () => {
    const run = evaluateFaces(runner, pack, { root, pairs: pairs(), groupBy: 'age' });
    await expect(run).rejects.toThrow('the column age is missing');
  });

  it('reports on one page without scripts or requests, with file names escaped', async () => {
    await writeFile(join(root, '<img src=x>'), 'none');
    const list = pairs('a0,a1,1,<b>,', 'a0,<img src=x>,1,<b>,', 'a0,b0,0,<b>,');
    const html = renderFaceReport(
      await evaluateFaces(runner, pack, { root, pairs: list, groupBy: 'lit' }),
    );
    expect(html).toContain('&lt;img src=x&gt;');
    expect(html).not.toMatch(/<img|<b>|<script|NaN|undefined/);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    expect(html.match(/<svg/g)).toHaveLength(3);
  });
});

describe('evaluateSearch', () => {
  it('gives the rates that the lists were made to give', async () => {
    const report = await evaluateSearch(runner, pack, {
      root,
      gallery: 'file,identity\na0,anna\nb0,ben\nlost,carl',
      probes: 'file,identity,mated\na1,anna,1\nb1,ben,1\na2,nobody,0\nbad,ben,1\nlost,carl,1',
    });
    expect(report).toMatchObject({
      gallery: 3,
      probes: 5,
      mated: 4,
      fnir_at_fpir: { '0.01': 0.5 },
      rank1: 0.5,
      failures_to_extract: 2,
    });
    expect(renderSearchReport(report)).toContain('50.00 %');
  });
});
