import { describe, expect, it } from 'vitest';
import { editDistance, reportMrz } from './mrz-evaluation.ts';

describe('the report on machine-readable zones', () => {
  it('counts what was not found as wrong, and never drops it', () => {
    const report = reportMrz([
      {
        file: 'a__1.jpg',
        truth: ['ABCD', 'EFGH'],
        read: ['ABCD', 'EFGX'],
        accepted: [true, true],
        corrections: 0,
        cpuMs: 4,
      },
      {
        file: 'b__1.jpg',
        truth: ['ABCD'],
        read: [],
        accepted: [],
        corrections: 0,
        failure: 'image_unreadable',
      },
    ]);
    expect(report).toMatchObject({
      documents: 2,
      found: 1,
      exact_documents: 0,
      lines: 3,
      exact_lines: 1,
      wrong_lines_accepted: 1,
      accepted_lines: 2,
      char_accuracy: 0.58333,
      failures: [{ file: 'b__1.jpg', code: 'image_unreadable' }],
      halves: { tuned_on: { documents: 1 }, held_out: { documents: 1, found: 0 } },
    });
    expect(report.wrong).toHaveLength(2);
  });

  it('keeps the pictures of one specimen in one half', () => {
    const outcome = (file: string) => ({
      file,
      truth: ['A'],
      read: ['A'],
      accepted: [true],
      corrections: 0,
    });
    const { halves } = reportMrz(['x/UTO__1.png', 'x/UTO__2.png', 'x/CAN__1.png'].map(outcome));
    expect([halves.tuned_on.documents, halves.held_out.documents]).toEqual([1, 2]);
  });

  it('measures the distance of texts', () => {
    expect(editDistance('KITTEN', 'SITTING')).toBe(3);
    expect(editDistance('', 'AB')).toBe(2);
  });
});
