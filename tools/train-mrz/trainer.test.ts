import { describe, expect, it } from 'vitest';
import { makeBatch } from './batch.ts';
import { loadGlyphs } from './glyph-atlas.ts';
import { seededRandom } from './random.ts';
import { Trainer } from './trainer.ts';

describe('training', () => {
  it('lowers the loss, the same way from the same seed', async () => {
    const losses = await Promise.all([train(), train()]);
    expect(losses[0]).toEqual(losses[1]);
    const [first = 0, last = Number.NaN] = [losses[0]?.[0], losses[0]?.at(-1)];
    expect(first).toBeGreaterThan(3);
    expect(last).toBeLessThan(0.8 * first);
  });
});

async function train(): Promise<number[]> {
  const trainer = new Trainer(seededRandom(1));
  const { batch } = await makeBatch(seededRandom(2), await loadGlyphs(), 4, 0.2);
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) losses.push(await trainer.step(batch, 2e-3));
  return losses;
}
