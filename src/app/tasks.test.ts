import { describe, expect, it } from 'vitest';
import { tasks } from './tasks.ts';

describe('the registry of tasks', () => {
  it('names each task once, by verb and object, and gives it a time limit', () => {
    const names = tasks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, timeoutMs } of tasks) {
      expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)+$/);
      expect(timeoutMs, name).toBeGreaterThanOrEqual(1_000);
      expect(timeoutMs, name).toBeLessThanOrEqual(300_000);
    }
  });
});
