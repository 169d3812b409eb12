import type { PadReport } from '../../src/features/evaluation/index.ts';
import { wilson95 } from '../../src/features/evaluation/metrics.ts';
import type { BenchRow } from '../support/bench-report.ts';
import type { LabTrial } from './trials.ts';

/** Species that show one picture, whatever is done to it. */
const STILL = ['print_flat', 'print_bent', 'mask_cutout', 'screen_still', 'still_animated'];
/** The right movements at the wrong time, or none. */
const REPLAYED = ['replay_other', 'screen_replay', 'virtual_camera', 'no_answer'];

/** The table of the laboratory with the bars that the product sets itself. */
export function laboratoryRows(report: PadReport, trials: readonly LabTrial[]): BenchRow[] {
  const rows: BenchRow[] = [];
  const add = (what: string, value: number, unit: string, most?: number) =>
    rows.push({
      what,
      value,
      unit,
      ...(most !== undefined && { bar: `<= ${most}`, ok: value <= most }),
    });
  for (const [name, { n, apcer, wilson95 }] of Object.entries(report.apcer_by_species)) {
    const isStill = STILL.includes(name);
    const isReplay = REPLAYED.includes(name);
    add(`apcer_${name}`, apcer, `of ${n}`, isReplay ? 0 : isStill ? 0.02 : undefined);
    add(`apcer_${name}_wilson95_high`, wilson95[1], 'share');
    const own = trials.filter((trial) => trial.species === name && !trial.isBonaFide);
    add(
      `review_${name}`,
      share(own, ({ score, accepted }) => !accepted && score >= 25),
      'share',
    );
  }
  if (report.apcer_worst)
    add('apcer_worst', report.apcer_worst.apcer, report.apcer_worst.species, 0.1);
  const honest = trials.filter(({ isBonaFide }) => isBonaFide);
  if (honest.length > 0) {
    add('bpcer', report.bpcer ?? 1, `of ${honest.length}`, 0.05);
    add('bpcer_wilson95_high', report.bpcer_wilson95[1], 'share');
    for (const variant of new Set(honest.map(({ species }) => species))) {
      const own = honest.filter(({ species }) => species === variant);
      add(
        `bpcer_${variant}`,
        share(own, ({ accepted }) => !accepted),
        `of ${own.length}`,
      );
    }
    for (const subject of new Set(honest.map((trial) => trial.subject))) {
      const own = honest.filter((trial) => trial.subject === subject);
      const refused = own.filter(({ accepted }) => !accepted).length;
      add(`bpcer_of_${subject}`, refused / own.length, `of ${own.length}`);
      add(`bpcer_of_${subject}_wilson95_high`, wilson95(refused, own.length)[1], 'share');
    }
    add(
      'binding_own_failed',
      share(honest, ({ answersOwn }) => !answersOwn),
      'share',
    );
    const mean = honest.reduce((sum, { answersOthers }) => sum + answersOthers, 0) / honest.length;
    add('binding_others_answered', mean / 1_000, 'share', 0.01);
  }
  const cpu = trials.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  add('track_cpu_ms_median', cpu[cpu.length >> 1] ?? 0, 'ms');
  return rows;
}

function share(trials: readonly LabTrial[], counts: (trial: LabTrial) => boolean): number {
  return trials.length === 0 ? 0 : trials.filter(counts).length / trials.length;
}
