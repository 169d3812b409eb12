import type { SearchReport } from './evaluate-search.usecase.ts';
import type { FaceRates, FaceReport } from './face-report.ts';
import { escapeXml, type Plot, renderPlot } from './plots.ts';

/** One self-contained HTML page: no script, no request, safe to mail. Holds figures and file names, no pictures. */
export function renderFaceReport(report: FaceReport): string {
  const { at_threshold: at } = report;
  return page(
    'Face comparison',
    [
      paragraph(
        `Model ${report.model.name} (sha256 ${report.model.sha256}), pack ${report.pack}: ${report.pairs} pairs of ${report.images} images, ${report.genuine} of one person and ${report.impostor} of two. Measured with the definitions of ISO/IEC 19795-1; this is no certification.`,
      ),
      ...report.warnings.map((warning) => `<p class="warning">${escapeXml(warning)}</p>`),
      paragraph(
        `At similarity ${at.similarity}: FMR ${percent(at.fmr)}, FNMR ${percent(at.fnmr)}. ${report.failures_to_extract} images gave no face; their genuine pairs count as non-matches.`,
      ),
      table(
        [
          'group',
          'pairs',
          'genuine',
          'impostor',
          'EER',
          'FNMR at FMR 1 %',
          'at FMR 0.1 %',
          `FMR at ${at.similarity}`,
          '95 %',
          `FNMR at ${at.similarity}`,
          '95 %',
        ],
        [['all', report] as const, ...Object.entries(report.groups)].map(ratesRow),
      ),
      `<div class="plots">${[rocPlot(report), detPlot(report), scorePlot(report)].map(renderPlot).join('')}</div>`,
      '<h2>Quality filter</h2>',
      table(
        ['level', 'pairs that pass', `FMR at ${at.similarity}`, `FNMR at ${at.similarity}`],
        report.quality_filters.map(({ filter, pairs_kept, fmr, fnmr }) => [
          filter,
          percent(pairs_kept),
          percent(fmr),
          percent(fnmr),
        ]),
      ),
      failureTable(report.failures),
    ].join('\n'),
  );
}

export function renderSearchReport(report: SearchReport): string {
  return page(
    'Face search',
    [
      paragraph(
        `Model ${report.model.name} (sha256 ${report.model.sha256}), pack ${report.pack}: ${report.probes} probes, ${report.mated} of them enrolled, against a gallery of ${report.gallery}.`,
      ),
      ...report.warnings.map((warning) => `<p class="warning">${escapeXml(warning)}</p>`),
      table(
        ['FNIR at FPIR 1 %', '95 %', 'rank 1', 'images without a face'],
        [
          [
            percent(report.fnir_at_fpir['0.01']),
            report.fnir_wilson95.map(percent).join(' to '),
            percent(report.rank1),
            String(report.failures_to_extract),
          ],
        ],
      ),
      failureTable(report.failures),
    ].join('\n'),
  );
}

function ratesRow([name, rates]: readonly [string, FaceRates]): string[] {
  const { at_threshold: at } = rates;
  return [
    name,
    ...[rates.pairs, rates.genuine, rates.impostor].map(String),
    percent(rates.eer),
    percent(rates.fnmr_at_fmr['0.01']),
    percent(rates.fnmr_at_fmr['0.001']),
    percent(at.fmr),
    at.fmr_wilson95.map(percent).join(' to '),
    percent(at.fnmr),
    at.fnmr_wilson95.map(percent).join(' to '),
  ];
}

const RATE_TICKS = [0.001, 0.01, 0.1, 1];

function rocPlot({ curve }: FaceReport): Plot {
  return {
    title: 'ROC: true matches against false matches',
    x: { label: 'false match rate', from: 0.001, to: 1, isLog: true, ticks: RATE_TICKS },
    y: { label: 'true match rate', from: 0, to: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    series: [{ name: 'all pairs', points: curve.map(({ fmr, fnmr }) => [fmr, 1 - fnmr]) }],
  };
}

function detPlot({ curve }: FaceReport): Plot {
  return {
    title: 'DET: false non-matches against false matches',
    x: { label: 'false match rate', from: 0.001, to: 1, isLog: true, ticks: RATE_TICKS },
    y: { label: 'false non-match rate', from: 0.001, to: 1, isLog: true, ticks: RATE_TICKS },
    series: [{ name: 'all pairs', points: curve.map(({ fmr, fnmr }) => [fmr, fnmr]) }],
  };
}

function scorePlot({ histogram }: FaceReport): Plot {
  const { from, to } = histogram;
  const share = (counts: readonly number[]) => {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    return counts.map((count, i): readonly [number, number] => [
      from + ((i + 0.5) / counts.length) * (to - from),
      count / total,
    ]);
  };
  const series = [
    { name: 'one person', points: share(histogram.genuine) },
    { name: 'two people', points: share(histogram.impostor) },
  ];
  const top = Math.max(0.01, ...series.flatMap(({ points }) => points.map(([, y]) => y)));
  const tick = (share: number) => Math.round((from + share * (to - from)) * 100) / 100;
  return {
    title: 'Scores',
    x: {
      label: 'cosine',
      from,
      to: to > from ? to : from + 1,
      ticks: [0, 0.25, 0.5, 0.75, 1].map(tick),
    },
    y: { label: 'share of the pairs', from: 0, to: top, ticks: [0, Math.round(top * 50) / 100] },
    series,
    isFilled: true,
  };
}

function failureTable(failures: FaceReport['failures']): string {
  if (failures.length === 0) return '';
  const rows = failures.map(({ file, code, detail }) => [file, code, detail]);
  return `<h2>Images without a face</h2>${table(['file', 'code', 'why'], rows)}`;
}

export function percent(rate: number | null): string {
  return rate === null ? '–' : `${(rate * 100).toFixed(2)} %`;
}

export function paragraph(text: string): string {
  return `<p>${escapeXml(text)}</p>`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const header = head.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join('');
  const body = rows.map(
    (row) => `<tr>${row.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${header}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1120px; padding: 0 1rem; color: #1c1917; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #d6d3d1; padding: .3rem .6rem; text-align: left; vertical-align: top; }
.warning { border-left: 4px solid #c2410c; padding-left: .6rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 1rem; margin: 1.5rem 0; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
`;

export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)} – Bonafide evaluation</title><style>${STYLE}</style></head>
<body><h1>${escapeXml(title)}</h1>
${body}
</body>
</html>
`;
}
