import { describe, expect, it } from 'vitest';
import { idFromSeed, isId, newId } from './ids.ts';

describe('ids', () => {
  it('are recognised by kind, and by no other', () => {
    const id = newId('session');
    expect(isId('session', id)).toBe(true);
    expect(isId('tenant', id)).toBe(false);
    expect(isId('session', `${id}x`)).toBe(false);
    expect(isId('session', id.toUpperCase())).toBe(false);
  });

  it('sort by the time of their making', () => {
    expect(newId('event', 1_000) < newId('event', 2_000)).toBe(true);
    expect(newId('event', 1_763_000_000_000) < newId('event', 1_763_000_000_001)).toBe(true);
  });

  it('do not repeat', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => newId('evidence', 5))).size).toBe(10_000);
  });
});

describe('ids of a seed', () => {
  it('are the same for the same seed and of the right form', () => {
    const id = idFromSeed('webhook', 'a');
    expect(idFromSeed('webhook', 'a')).toBe(id);
    expect(isId('webhook', id)).toBe(true);
    expect(idFromSeed('webhook', 'b')).not.toBe(id);
    expect(idFromSeed('session', 'a').slice(4)).not.toBe(id.slice(4));
  });
});
