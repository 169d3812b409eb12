import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePacks } from './merge-packs.ts';
import { isConvertible } from './model-card.ts';
import { readCatalogue, readFusedCards } from './model-files.usecase.ts';
import { fuseRefs, type PackContents, type PackModel } from './model-pack.ts';
import { renderModelCards } from './render-cards.ts';

const ref = (name: string, sha256 = name) => ({ name, version: '1', sha256 });

describe('the identity of fused models', () => {
  it('is the model itself when there is one', () => {
    expect(fuseRefs([ref('a')])).toEqual(ref('a'));
  });

  it('differs with every member and with their order', () => {
    const digests = fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{64}$/), {
      minLength: 2,
      maxLength: 5,
    });
    fc.assert(
      fc.property(digests, (members) => {
        const [first = '', ...others] = members;
        const identity = (names: string[]) =>
          fuseRefs([ref(names[0] ?? ''), ...names.slice(1).map((name) => ref(name))]).sha256;
        const whole = identity([first, ...others]);
        expect(whole).toMatch(/^[0-9a-f]{64}$/);
        expect(identity([...others, first])).not.toBe(whole);
        expect(identity([first, ...others.slice(1)])).not.toBe(whole);
        expect(identity([first, ...others])).toBe(whole);
      }),
    );
  });
});

describe('merging packs', () => {
  const model = (name: string, role: PackModel['role']): PackModel => ({
    name,
    version: '1',
    role,
    file: `${name}.onnx`,
    sha256: 'a'.repeat(64),
    licence: 'MIT',
    caveats: [],
    extras: [],
    input: {
      shape: [1, 3, 8, 8],
      order: 'RGB',
      layout: 'NCHW',
      mean: [0, 0, 0],
      std: [1, 1, 1],
      align: 'dlib-150',
    },
  });
  const pack = (models: PackModel[], fusion: PackContents['fusion'] = {}): PackContents => ({
    format: 'bonafide-pack-1',
    models,
    fusion,
  });
  const current = pack(
    [model('a', 'face-embedding'), model('b', 'face-embedding'), model('p', 'pad')],
    { 'face-embedding': 'mean-of-cosines' },
  );
  const names = (contents: PackContents) => contents.models.map(({ name }) => name);

  it('hands a role over as a whole', () => {
    const merged = mergePacks(current, pack([model('c', 'face-embedding')]));
    expect(names(merged)).toEqual(['p', 'c']);
    expect(merged.fusion).toEqual({});
  });

  it('adds to a role when asked', () => {
    const merged = mergePacks(current, pack([model('q', 'pad'), model('a', 'face-embedding')]), {
      fuse: true,
    });
    expect(names(merged)).toEqual(['b', 'p', 'q', 'a']);
    expect(merged.fusion).toEqual({
      'face-embedding': 'mean-of-cosines',
      pad: 'mean-of-probabilities',
    });
  });

  it('refuses to fuse what has no rule', () => {
    const quality = pack([model('x', 'face-quality')]);
    expect(() => mergePacks(quality, pack([model('y', 'face-quality')]), { fuse: true })).toThrow(
      /cannot be fused/,
    );
  });
});

describe('the catalogue', () => {
  it('has a card for each model, under its own name', async () => {
    const cards = await readCatalogue();
    expect(new Set(cards.map(({ name }) => name)).size).toBe(cards.length);
    const made = cards.filter(isConvertible).map(({ role }) => role);
    expect(made.sort()).toEqual(['face-age', 'face-detection', 'face-embedding', 'face-mesh']);
  });

  it('is open about the bias of the default embedding', async () => {
    const dlib = (await readCatalogue()).find(({ name }) => name === 'dlib-resnet-128');
    expect(dlib?.warnings).toContain('FACE_MODEL_KNOWN_BIAS');
    expect(dlib?.known_bias).toMatch(/77 to 84 %/);
  });

  it('names the digests of fused members as their own cards do', async () => {
    const digests = new Map((await readCatalogue()).map(({ name, sha256 }) => [name, sha256]));
    for (const { members } of await readFusedCards()) {
      for (const { name, sha256 } of members) expect(digests.get(name), name).toBe(sha256);
    }
  });

  it('is rendered for people with every card in it', async () => {
    const cards = await readCatalogue();
    const page = renderModelCards(cards, await readFusedCards());
    for (const { name, sha256, known_bias } of cards) {
      expect(page).toContain(`### ${name}\n`);
      expect(page).toContain(sha256);
      expect(page).toContain(known_bias);
    }
  });
});
