import { describe, expect, it } from 'vitest';
import { type PadTrial, reportPad } from './pad-report.ts';
import { renderPadReport } from './render-pad-report.ts';

const trial = (change: Partial<PadTrial>): PadTrial => ({
  file: 'a.jpg',
  isBonaFide: true,
  species: 'bona_fide',
  subject: 's',
  score: 80,
  accepted: true,
  reasons: [],
  ...change,
});
const attacks = (species: string, count: number, accepted: number) =>
  Array.from({ length: count }, (_, i) =>
    trial({
      file: `${species}${i}`,
      isBonaFide: false,
      species,
      accepted: i < accepted,
      score: i < accepted ? 60 : 10,
    }),
  );
const options = { threshold: 50, model: null };

describe('a report on presentation attacks', () => {
  it('gives the rate of each species and the worst of those with twenty attacks', () => {
    const report = reportPad(
      [
        trial({}),
        ...attacks('print', 20, 1),
        ...attacks('screen', 40, 4),
        ...attacks('mask', 3, 3),
      ],
      options,
    );
    expect(report.apcer_by_species.print).toMatchObject({ n: 20, apcer: 0.05 });
    expect(report.apcer_by_species.mask).toMatchObject({ n: 3, apcer: 1 });
    expect(report.apcer_worst).toEqual({ species: 'screen', apcer: 0.1 });
    expect(report.apcer_by_species.screen?.wilson95[0]).toBeLessThan(0.1);
    expect(report.apcer_by_species.screen?.wilson95[1]).toBeGreaterThan(0.1);
  });

  it('counts a bona fide without an answer as refused, an attack without one as not accepted', () => {
    const silent = { score: null, accepted: false };
    const report = reportPad(
      [trial({}), trial(silent), trial({ ...silent, isBonaFide: false, species: 'print' })],
      options,
    );
    expect(report.bpcer).toBe(0.5);
    expect(report.apcer_by_species.print?.apcer).toBe(0);
    expect(report.non_response).toEqual({ bona_fide: 0.5, attack: 1 });
  });

  it('says null where nothing was presented', () => {
    expect(reportPad([], options)).toMatchObject({
      bpcer: null,
      apcer_all: null,
      apcer_worst: null,
      non_response: { bona_fide: null, attack: null },
    });
  });

  it('prints names of files without letting them into the page', () => {
    const html = renderPadReport(
      reportPad([trial({ file: '<img src=x>', accepted: false })], options),
    );
    expect(html).toContain('&lt;img src=x&gt;');
    expect(html).not.toContain('<img');
    expect(html).toContain('Error rates over the threshold');
  });
});
