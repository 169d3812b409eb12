import type { PadReport } from './pad-report.ts';
import type { Plot } from './plots.ts';
import { renderPlot } from './plots.ts';
import { page, paragraph, percent, table } from './report.ts';

/** One self-contained HTML page: figures, plots and file names, no pictures. */
export function renderPadReport(report: PadReport, further: readonly Plot[] = []): string {
  const { model, threshold, bona_fide, attacks, bpcer, bpcer_wilson95, apcer_worst } = report;
  const by = model
    ? `Model ${model.name} (sha256 ${model.sha256})`
    : 'No presentation-attack model';
  const worst = apcer_worst
    ? `Worst species with at least 20 attacks: ${apcer_worst.species}, APCER ${percent(apcer_worst.apcer)}.`
    : 'No species has 20 attacks: the rates below say little each.';
  return page(
    'Presentation attack detection',
    [
      paragraph(
        `${by}: ${bona_fide} bona fide presentations and ${attacks} attacks, threshold ${threshold}. Measured in the manner of ISO/IEC 30107-3; this is no certification.`,
      ),
      paragraph(
        `BPCER ${percent(bpcer)} (95 %: ${bpcer_wilson95.map(percent).join(' to ')}), presentations without an answer counted as refused. ${worst} Without an answer: ${percent(report.non_response.bona_fide)} of the bona fide, ${percent(report.non_response.attack)} of the attacks.`,
      ),
      table(
        ['species', 'attacks', 'APCER', '95 %'],
        Object.entries(report.apcer_by_species).map(([name, rates]) => [
          name,
          String(rates.n),
          percent(rates.apcer),
          rates.wilson95.map(percent).join(' to '),
        ]),
      ),
      `<div class="plots">${[scorePlot(report), ratePlot(report), ...further].map(renderPlot).join('')}</div>`,
      wrongTable(report),
    ].join('\n'),
  );
}

const BINS = 20;
const SCORES = { from: 0, to: 100, ticks: [0, 25, 50, 75, 100] };

function scorePlot({ files }: PadReport): Plot {
  const shareOf = (live: boolean) => {
    const scores = files.flatMap((file) =>
      file.live === live && file.score !== null ? file.score : [],
    );
    const counts = new Array<number>(BINS).fill(0);
    for (const score of scores) {
      const bin = Math.min(BINS - 1, Math.floor((score / 100) * BINS));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count, i): readonly [number, number] => [
      ((i + 0.5) / BINS) * 100,
      count / (scores.length || 1),
    ]);
  };
  return {
    title: 'Scores',
    x: { label: 'score', ...SCORES },
    y: { label: 'share', from: 0, to: 1, ticks: [0, 0.5, 1] },
    series: [
      { name: 'bona fide', points: shareOf(true) },
      { name: 'attacks', points: shareOf(false) },
    ],
    isFilled: true,
  };
}

/** Both error rates over the threshold; what gave no answer is never accepted. */
function ratePlot({ files, bona_fide, attacks }: PadReport): Plot {
  const at = (live: boolean, accepted: boolean, of: number) =>
    Array.from({ length: 101 }, (_, threshold): readonly [number, number] => {
      const hits = files.filter(
        (file) =>
          file.live === live && (file.score !== null && file.score >= threshold) === accepted,
      );
      return [threshold, hits.length / (of || 1)];
    });
  return {
    title: 'Error rates over the threshold',
    x: { label: 'threshold', ...SCORES },
    y: { label: 'rate', from: 0, to: 1, ticks: [0, 0.25, 0.5, 0.75, 1] },
    series: [
      { name: 'BPCER', points: at(true, false, bona_fide) },
      { name: 'APCER, all species', points: at(false, true, attacks) },
    ],
  };
}

function wrongTable({ files }: PadReport): string {
  const wrong = files.filter(({ live, accepted }) => live !== accepted);
  if (wrong.length === 0) return '';
  const rows = wrong.map(({ file, species, score, reasons }) => [
    file,
    species,
    score === null ? '–' : String(score),
    reasons.join(', '),
  ]);
  return `<h2>Decided wrongly</h2>${table(['file', 'species', 'score', 'reasons'], rows)}`;
}
