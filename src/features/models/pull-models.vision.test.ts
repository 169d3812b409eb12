import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { loadSession } from '../../platform/onnx/session.ts';
import { listModels, verifyModels } from './inspect-models.usecase.ts';
import { PackModel } from './model-pack.ts';
import { packFolder, removeFromPack } from './pack-store.usecase.ts';
import { installPlan, planFile, planPull } from './pull-models.usecase.ts';
import { resolveModels } from './resolve-models.usecase.ts';

/** Serves the optional weights over loopback; `tamper` changes what goes out. */
let server: Server;
let tamper: (file: string, content: Buffer) => Buffer;
let served: string[];
let dataDir: string;

const manifestAddress = () =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/manifest.json`;

async function pull(models?: string[], fuse = false) {
  const plan = await planPull(manifestAddress(), { names: models });
  return installPlan(plan, { dataDir, pack: 'local', fuse, probe: loadSession });
}

const embeddingNames = async () =>
  (await resolveModels({ dataDir })).models
    .filter(({ role }) => role === 'face-embedding')
    .map(({ model }) => model.name);

beforeAll(async () => {
  server = createServer((request, reply) => {
    const file = basename(request.url ?? '');
    served.push(file);
    reply.end(tamper(file, readFileSync(sharedPath(`models/${file}`))));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server.close();
});

beforeEach(async () => {
  tamper = (_, content) => content;
  served = [];
  dataDir = await mkdtemp(join(tmpdir(), 'bonafide-pull-'));
  return () => rm(dataDir, { recursive: true });
});

describeWithShared('pulling models', () => {
  it('installs a better embedding, which then serves beside the default models', async () => {
    await pull(['face_emb_retail0095']);
    const pack = await resolveModels({ dataDir });
    expect(pack.name).toBe('local');
    expect(await embeddingNames()).toEqual(['face_emb_retail0095']);
    expect(pack.models.map(({ role }) => role)).toContain('face-mesh');
    expect(pack.warnings).not.toContain('FACE_MODEL_KNOWN_BIAS');
    const untouched = await resolveModels({ dataDir, pack: 'default' });
    expect(untouched.identities['face-embedding']?.name).toBe('dlib-resnet-128');
    expect(untouched.warnings).toContain('FACE_MODEL_KNOWN_BIAS');
  });

  it('installs what the manifest chooses: fused embeddings and attack detectors', async () => {
    await pull();
    const pack = await resolveModels({ dataDir });
    expect(pack.fusion).toEqual({
      'face-embedding': 'mean-of-cosines',
      pad: 'mean-of-probabilities',
    });
    const members = pack.models.filter(({ role }) => role === 'face-embedding');
    const digests = members.map(({ model }) => model.sha256).join('\n');
    expect(pack.identities['face-embedding']).toMatchObject({
      name: 'face_emb_retail0095+face_emb_mobilefacenet_foamliu',
      sha256: createHash('sha256').update(digests).digest('hex'),
    });
    const detectors = pack.models.filter(({ role }) => role === 'pad');
    expect(detectors.map(({ output }) => output?.liveIndex)).toEqual([1, 1, 0]);
    const findings = await verifyModels(dataDir, loadSession);
    const pulled = findings.filter((finding) => finding.pack === 'local');
    expect(pulled).toHaveLength(8);
    expect(pulled.filter(({ problem }) => problem)).toEqual([]);
  });

  it('joins a second attack detector when asked, and takes its place otherwise', async () => {
    await pull(['pad_minifasnet_v2_2.7_80']);
    const pair = await pull(['pad_minifasnet_v1se_4.0_80'], true);
    expect(pair.models.map(({ name }) => name)).toEqual([
      'pad_minifasnet_v2_2.7_80',
      'pad_minifasnet_v1se_4.0_80',
    ]);
    const single = await pull(['pad_minifas_va9820_1.5_128']);
    expect(single.models.map(({ name }) => name)).toEqual(['pad_minifas_va9820_1.5_128']);
    expect(single.fusion).toEqual({});
  });

  it.each<[string, (file: string, content: Buffer) => Buffer, string]>([
    ['a changed file', (_, content) => flip(content), 'model_damaged'],
    ['a truncated file', (_, content) => content.subarray(0, -1), 'model_damaged'],
    ['a longer file', (_, content) => Buffer.concat([content, content]), 'download_failed'],
  ])('refuses %s, and the old model keeps serving', async (_, change, code) => {
    await pull(['face_emb_mobilefacenet_foamliu']);
    const before = await inFolder();
    tamper = (file, content) => (file.endsWith('.onnx') ? change(file, content) : content);
    await expect(pull(['face_emb_retail0095'])).rejects.toMatchObject({ code });
    expect(await inFolder()).toEqual(before);
    expect(await embeddingNames()).toEqual(['face_emb_mobilefacenet_foamliu']);
  });

  it('refuses all when one of several is bad', async () => {
    tamper = (file, content) => (file.includes('mobilefacenet') ? flip(content) : content);
    await expect(pull()).rejects.toThrow(/mobilefacenet.*promised was/);
    expect(await inFolder()).toEqual([]);
    expect(await embeddingNames()).toEqual(['dlib-resnet-128']);
  });

  it('refuses a model whose graph takes another input than the manifest says', async () => {
    await pull(['face_emb_mobilefacenet_foamliu']);
    tamper = (file, content) =>
      file === 'manifest.json'
        ? Buffer.from(content.toString().replaceAll(/128,\s+128/g, '96, 96'))
        : content;
    const refusal = pull(['face_emb_retail0095']);
    await expect(refusal).rejects.toMatchObject({ code: 'model_shape_mismatch' });
    await expect(refusal).rejects.toThrow(/declared input \[N, 3, 96, 96\]/);
    expect(await embeddingNames()).toEqual(['face_emb_mobilefacenet_foamliu']);
  });

  it('fetches nothing while it plans', async () => {
    const plan = await planPull(manifestAddress(), {});
    expect(served).toEqual(['manifest.json']);
    expect(plan.skipped.map(({ name }) => name)).toEqual(['mrz']);
    expect(plan.addresses.get('face_emb_retail0095.onnx')?.href).toMatch(/^http:\/\/127\.0\.0\.1/);
  });

  it('uses a folder with a manifest straight away, without installing', async () => {
    const pack = await resolveModels({ pack: sharedPath('models') });
    const [embedding] = pack.models.filter(({ role }) => role === 'face-embedding');
    if (!embedding) throw new Error('no embedding');
    expect((await loadSession(embedding)).model.name).toBe('face_emb_retail0095');
    expect(pack.fusion['face-embedding']).toBe('mean-of-cosines');
    expect(existsSync(join(dataDir, 'models'))).toBe(false);
  });

  it('adds a local file and removes it again', async () => {
    const file = sharedPath('models/face_emb_mobileface_v2.onnx');
    const model = PackModel.parse({
      name: 'own',
      version: '1',
      role: 'face-embedding',
      file: 'own.onnx',
      sha256: createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
      licence: 'MIT',
      input: {
        shape: ['N', 3, 112, 112],
        order: 'RGB',
        layout: 'NCHW',
        mean: [0, 0, 0],
        std: [1, 1, 1],
        align: 'arcface-112',
      },
    });
    const options = { dataDir, pack: 'local', probe: loadSession };
    await installPlan(planFile(file, model), options);
    expect(await embeddingNames()).toEqual(['own']);
    const wrong = { ...model, sha256: '0'.repeat(64) };
    await expect(installPlan(planFile(file, wrong), options)).rejects.toThrow(/promised was 0000/);
    await removeFromPack(dataDir, 'local', 'own');
    expect(await embeddingNames()).toEqual(['dlib-resnet-128']);
    expect(await inFolder()).toEqual(['pack.json']);
    await expect(removeFromPack(dataDir, 'local', 'own')).rejects.toThrow(/has no model "own"/);
    await removeFromPack(dataDir, 'local');
    expect(existsSync(packFolder(dataDir, 'local'))).toBe(false);
  });

  it('names the pack whose list is broken', async () => {
    await pull(['face_quality_lightqnet_dm100']);
    await writeFile(join(packFolder(dataDir, 'local'), 'pack.json'), '{"format":');
    await expect(resolveModels({ dataDir })).rejects.toThrow(/^Pack local: .* not JSON/);
  });

  it('tells a damaged file from a sound one', async () => {
    await pull(['face_emb_retail0095', 'face_quality_lightqnet_dm100']);
    const [embedding] = (await listModels(dataDir)).installed.filter(
      ({ pack, model }) => pack === 'local' && model.role === 'face-embedding',
    );
    if (!embedding) throw new Error('nothing installed');
    await writeFile(embedding.model.path, flip(await readFile(embedding.model.path)));
    const findings = await verifyModels(dataDir, loadSession);
    const damaged = findings.filter(({ pack, problem }) => pack === 'local' && problem);
    expect(damaged.map(({ model }) => model.model.name)).toEqual(['face_emb_retail0095']);
    expect(damaged[0]?.problem?.code).toBe('model_damaged');
  });
});

async function inFolder(): Promise<string[]> {
  return (await readdir(packFolder(dataDir, 'local'))).sort();
}

function flip(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  const middle = Math.floor(content.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
