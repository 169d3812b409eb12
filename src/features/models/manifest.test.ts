import { describe, expect, it } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { parseAlignment } from './alignment-names.ts';
import { readManifest } from './manifest.ts';

const digest = (fill: string) => fill.repeat(64);

function entry(name: string, more: Record<string, unknown> = {}) {
  return {
    name,
    file: `${name}.onnx`,
    task: 'face-embedding',
    sha256: digest('a'),
    licence: 'MIT',
    source: { repo: 'somewhere', commit: 'c0ffee0123456789' },
    input: { shape: ['N', 3, 112, 112], order: 'BGR', scale: 'x/255', align: 'arcface-5pt-112' },
    ...more,
  };
}

const pad = (name: string, output = 'softmax 3 classes, index 1 = live') =>
  entry(name, {
    task: 'pad',
    output,
    input: {
      shape: ['N', 3, 80, 80],
      order: 'BGR',
      scale: 'raw 0..255',
      crop: 'face box x2.7, etc',
    },
  });

describe('manifests in words', () => {
  it('are translated field by field', () => {
    const { contents } = readManifest({ models: [entry('a', { caveat: 'weak', bytes: 12 })] });
    expect(contents).toEqual({
      format: 'bonafide-pack-1',
      fusion: {},
      models: [
        {
          name: 'a',
          version: 'c0ffee012345',
          role: 'face-embedding',
          file: 'a.onnx',
          sha256: digest('a'),
          bytes: 12,
          licence: 'MIT',
          caveats: ['weak'],
          extras: [],
          input: {
            shape: ['N', 3, 112, 112],
            order: 'BGR',
            layout: 'NCHW',
            mean: [0, 0, 0],
            std: [255, 255, 255],
            align: 'arcface-112',
          },
        },
      ],
    });
    expect(readManifest(contents).contents).toEqual(contents);
  });

  it('choose the ensemble of a role, otherwise the recommended models', () => {
    const manifest = {
      models: [entry('a'), entry('b'), entry('c'), pad('p'), pad('q', 'index 0 = live'), pad('r')],
      ensembles: {
        anything: { models: ['c', 'a'], rule: 'mean of the two cosines' },
      },
    };
    manifest.models[5] = { ...pad('r'), recommended: false } as (typeof manifest.models)[number];
    const { contents } = readManifest(manifest);
    expect(contents.models.map(({ name }) => name)).toEqual(['c', 'a', 'p', 'q']);
    expect(contents.models.map((model) => model.live_index)).toEqual([undefined, undefined, 1, 0]);
    expect(contents.fusion).toEqual({
      'face-embedding': 'mean-of-cosines',
      pad: 'mean-of-probabilities',
    });
  });

  it('give what is asked for by name, alone', () => {
    const { contents } = readManifest(
      { models: [entry('a'), entry('b', { recommended: false })] },
      { names: ['b'] },
    );
    expect(contents.models.map(({ name }) => name)).toEqual(['b']);
    expect(contents.fusion).toEqual({});
  });

  it('leave out tasks that the product does not have, and say so', () => {
    const { contents, skipped } = readManifest({
      models: [entry('a'), entry('t', { task: 'mrz-tesseract', input: {} })],
    });
    expect(contents.models).toHaveLength(1);
    expect(skipped).toEqual([
      { name: 't', reason: 'no task of the product is called mrz-tesseract' },
    ]);
  });

  it.each([
    ['a digest that is none', [entry('a', { sha256: 'abc' })], /models\/0\/sha256/],
    ['a path instead of a file', [entry('a', { file: '../../etc/passwd' })], /models\/0\/file/],
    [
      'a scale',
      [entry('a', { input: { ...entry('a').input, scale: 'unit' } })],
      /^a: input\.scale/,
    ],
    [
      'an alignment',
      [entry('a', { input: { ...entry('a').input, align: 'tight' } })],
      /^a: input\.align/,
    ],
    ['a channel order', [entry('a', { input: { ...entry('a').input, order: 'RGBA' } })], /order/],
    ['the live class', [pad('p', 'softmax')], /^p: .*which class is live/],
    ['no models', [], /models/],
  ])('refuse %s', (_, models, message) => {
    expect(() => readManifest({ models })).toThrow(message);
    expect(() => readManifest({ models })).toThrow(AppError);
  });

  it('refuse ensembles without a known rule or member', () => {
    const models = [entry('a'), entry('b')];
    const ensembles = (rule: string, names = ['a', 'b']) => ({ e: { models: names, rule } });
    expect(() => readManifest({ models, ensembles: ensembles('the better one') })).toThrow(/rule/);
    const unknown = { models, ensembles: ensembles('mean of the two cosines', ['a', 'z']) };
    expect(() => readManifest(unknown)).toThrow(/no model z; it has a, b/);
  });

  it('refuse two models for a role that cannot be fused', () => {
    const quality = (name: string) => entry(name, { task: 'face-quality' });
    expect(() => readManifest({ models: [quality('a'), quality('b')] })).toThrow(/how to fuse/);
  });
});

describe('alignments in words', () => {
  it('keep names as they are and refuse near misses', () => {
    expect(parseAlignment('retail-128')).toBe('retail-128');
    expect(() => parseAlignment('face box x3.1')).toThrow(/known are/);
    expect(() => parseAlignment('similarity to 5 points [0.3,0.4] x128')).toThrow(/known are/);
  });
});
