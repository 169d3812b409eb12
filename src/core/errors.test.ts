import { describe, expect, it } from 'vitest';
import { AppError, errorCatalogue, toProblem } from './errors.ts';

describe('problems', () => {
  it('say nothing about an unexpected error', () => {
    const problem = toProblem(
      new Error('duplicate key (email)=(jane@example.org)'),
      'urn:request:1',
    );
    expect(problem.code).toBe('internal');
    expect(JSON.stringify(problem)).not.toContain('jane');
  });

  it('carry code, status and detail of an expected one', () => {
    const error = new AppError('face_not_found', '`target`: no face found');
    expect(toProblem(error)).toMatchObject({
      code: 'face_not_found',
      status: 422,
      detail: '`target`: no face found',
    });
  });

  it('have a way out for every code', () => {
    for (const [code, row] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[a-z][a-z0-9_]+$/);
      expect(row.remedy.length, code).toBeGreaterThan(10);
      expect(row.status, code).toBeGreaterThanOrEqual(400);
    }
  });
});
