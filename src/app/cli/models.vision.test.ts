import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { modelsCommand } from './models.ts';

let dataDir: string;
let printed: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'bonafide-cli-models-'));
  vi.stubEnv('DATA_DIR', dataDir);
  printed = '';
  const keep = (text: unknown) => {
    printed += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  vi.spyOn(console, 'log').mockImplementation(keep);
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await rm(dataDir, { recursive: true });
});

async function run(...args: string[]): Promise<string> {
  printed = '';
  await modelsCommand().parseAsync(args, { from: 'user' });
  return printed;
}

async function runJson(...args: string[]) {
  const output = await run(...args, '--json');
  return JSON.parse(output.slice(output.indexOf('\n{') + 1));
}

async function serving(): Promise<Record<string, string>> {
  const { installed } = await runJson('list');
  const rows = installed as { role: string; name: string; serves: boolean }[];
  return Object.fromEntries(rows.filter(({ serves }) => serves).map((row) => [row.role, row.name]));
}

describeWithShared('bonafide models', () => {
  it('shows licence and caveats, and installs nothing without consent', async () => {
    await expect(run('pull', sharedPath('models'))).rejects.toMatchObject({
      code: 'model_licence_not_accepted',
    });
    expect(printed).toContain('licence  Apache-2.0 (Intel)');
    expect(printed).toContain('trained on MS-Celeb-1M');
    expect(printed).toContain('mrz: left out, no task of the product is called mrz-tesseract');
    expect((await serving())['face-embedding']).toBe('dlib-resnet-128');
  });

  it('pulls into a pack for trial that does not serve by itself', async () => {
    const args = ['--model', 'face_emb_retail0095', '--name', 'trial', '--accept-licence'];
    const { pack, models } = await runJson('pull', sharedPath('models'), ...args);
    expect(pack).toBe('trial');
    expect(models).toMatchObject([{ name: 'face_emb_retail0095', role: 'face-embedding' }]);
    expect((await serving())['face-embedding']).toBe('dlib-resnet-128');
    expect(await run('list')).toMatch(/face_emb_retail0095 .*pack trial/);
  });

  it('adds a local file, verifies it and removes it', async () => {
    const file = sharedPath('models/pad_minifasnet_v2_2.7_80.onnx');
    const input = ['--shape', 'Nx3x80x80', '--order', 'BGR', '--scale', 'raw 0..255'];
    const args = [file, '--role', 'pad', '--licence', 'Apache-2.0', '--align', 'box-2.7', ...input];
    const consent = '--accept-licence';
    await expect(run('add', ...args, consent)).rejects.toThrow(/needs --live-index/);
    await run('add', ...args, '--live-index', '1', '--model-name', 'detector', consent);
    expect((await serving()).pad).toBe('detector');
    const { models } = await runJson('verify');
    expect(models.find(({ name }: { name: string }) => name === 'detector')).toMatchObject({
      ok: true,
      pack: 'local',
    });
    await run('remove', 'detector');
    expect((await serving()).pad).toBeUndefined();
  });

  it('says what it does not know', async () => {
    await expect(run('remove', 'nothing')).rejects.toMatchObject({ code: 'model_unknown' });
    await expect(run('pull', './nowhere', '--accept-licence')).rejects.toThrow(
      /neither an installed pack nor a folder/,
    );
    await expect(run('pull', 'face_emb_retail0095', '--accept-licence')).rejects.toThrow(
      /not published as one file/,
    );
    const elsewhere = run('pull', sharedPath('models'), '--name', '../out', '--accept-licence');
    await expect(elsewhere).rejects.toThrow(/cannot name a pack/);
  });
});
