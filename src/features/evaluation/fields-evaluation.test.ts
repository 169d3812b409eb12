import { expect, it } from 'vitest';
import { type FieldOutcome, reportFields } from './fields-evaluation.ts';

it('counts fields that were read right, wrong and not at all', () => {
  const outcome = (file: string, expected: string, read?: string, confidence?: number) =>
    ({
      file,
      relation: 'own',
      field: 'surname',
      expected,
      read,
      assignedBy: read === undefined ? undefined : 'label',
      confidence,
    }) satisfies FieldOutcome;
  const report = reportFields({
    outcomes: [
      outcome('A-1__a.jpg', 'LÖFGREN', 'Lofgren', 90),
      outcome('A-1__b.jpg', 'DOE', 'ROE', 90),
      outcome('B-1__a.jpg', 'DOE', 'ROE', 40),
      outcome('B-1__b.jpg', 'DOE'),
    ],
    times: [10, 30, 20],
    accused: ['A-1__b.jpg'],
    failures: [],
  });
  expect(report).toMatchObject({
    documents: 4,
    fields: 4,
    right: 1,
    wrong: 2,
    missing: 1,
    wrong_and_certain: 1,
    halves: { tuned_on: { fields: 2, right: 1 }, held_out: { fields: 2, right: 0 } },
    by_assignment: { label: { fields: 3 }, 'not found': { missing: 1 } },
    ms_median: 20,
  });
  expect(report.differing).toHaveLength(3);
});
