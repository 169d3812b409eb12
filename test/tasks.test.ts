import { describe, expect, it } from 'vitest';
import { tasks } from '../src/app/tasks.ts';

describe('the task registry', () => {
  it('names each task once, as verb and object', () => {
    const names = tasks.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  it('gives each task a time limit', () => {
    for (const { name, timeoutMs } of tasks) {
      expect(timeoutMs, name).toBeGreaterThanOrEqual(1_000);
      expect(timeoutMs, name).toBeLessThanOrEqual(120_000);
    }
  });
});
