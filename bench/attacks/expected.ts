import type { BenchRow } from '../support/bench-report.ts';
import type { LabTrial } from './trials.ts';

/** Recordings of each species and variant in the quick run. */
export const QUICK = 2;

/** Most that may pass of species that the judge tells most of the time, near its operating point: docs/liveness.md. */
const MOST_ACCEPTED: Readonly<Record<string, number>> = { face_swap: 1 };

/**
 * The quick run is the same on every machine: who is accepted in it is frozen. A change of the judge that lets an
 * attack in, or an honest recording out, is seen within a minute or two.
 */
export function expectationRows(trials: readonly LabTrial[]): BenchRow[] {
  const names = [...new Set(trials.map(({ species }) => species))];
  return names.map((species) => {
    const own = trials.filter((trial) => trial.species === species);
    const accepted = own.filter((trial) => trial.accepted).length;
    const isHonest = own[0]?.isBonaFide ?? false;
    const row = { what: `accepted_${species}`, value: accepted, unit: `of ${own.length}` };
    if (isHonest) return { ...row, bar: `= ${QUICK}`, ok: accepted === QUICK };
    const most = MOST_ACCEPTED[species] ?? 0;
    return { ...row, bar: `<= ${most}`, ok: accepted <= most };
  });
}
