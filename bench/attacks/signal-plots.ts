import type { Plot } from '../../src/features/evaluation/plots.ts';
import type { Signals } from '../../src/features/liveness/index.ts';
import type { LabTrial } from './trials.ts';

const BINS = 24;

/** How each signal is distributed; logarithmic ones are plotted as their decimal logarithm. */
const signals: readonly (readonly [name: string, value: (signals: Signals) => number])[] = [
  ['weakest answer to a prompt', ({ weakestAnswer }) => weakestAnswer],
  ['movements that nobody asked for', ({ unaskedMovements }) => unaskedMovements],
  ['relief: residual of the homography', ({ relief }) => relief],
  ['bulge when coming closer', ({ bulge }) => bulge],
  ['living skin, log10', ({ living }) => Math.log10(living)],
  ['change of the skin from frame to frame, log10', ({ textureNear }) => Math.log10(textureNear)],
  ['change of the skin over time, log10', ({ textureFar }) => Math.log10(textureFar)],
  ['raster: highest peak, decibels', ({ raster }) => raster],
  ['straight frame around the face', ({ frame }) => frame],
  ['repeated frames, share', ({ repeated }) => repeated],
  ['frames from key frame to key frame', ({ keyFrameEvery }) => keyFrameEvery],
  ['size contradicts the camera', ({ isOtherSize }) => Number(isOtherSize)],
  ['camera names itself a program', ({ namesProgram }) => Number(namesProgram)],
  ['least cosine to the usual face', ({ leastCosine }) => leastCosine],
  ['largest jump, log10', ({ jump }) => Math.log10(jump + 0.1)],
  ['change of size between frames', ({ wobble }) => wobble],
  ['least opening of the eyes', ({ leastEyes }) => leastEyes],
  ['irregularity of the times', ({ irregularity }) => irregularity],
  ['answer to the colours', ({ flash }) => flash?.correlation ?? Number.NaN],
];

export function signalPlots(trials: readonly LabTrial[]): Plot[] {
  return signals.map(([title, value]) => {
    const of = (isBonaFide: boolean) =>
      trials
        .filter((trial) => trial.isBonaFide === isBonaFide)
        .map((trial) => value(trial.signals))
        .filter(Number.isFinite);
    const [honest, attacks] = [of(true), of(false)];
    const all = [...honest, ...attacks];
    const from = Math.min(...all, 0);
    const to = Math.max(...all, from + 1e-3);
    const ticks = [0, 0.5, 1].map((t) => Math.round((from + t * (to - from)) * 1_000) / 1_000);
    return {
      title,
      x: { label: title, from, to, ticks },
      y: { label: 'share', from: 0, to: 1, ticks: [0, 0.5, 1] },
      series: [
        { name: 'bona fide', points: shares(honest, from, to) },
        { name: 'attacks', points: shares(attacks, from, to) },
      ],
      isFilled: true,
    };
  });
}

function shares(values: readonly number[], from: number, to: number): [number, number][] {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor(((value - from) / (to - from)) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, i) => [
    from + ((i + 0.5) / BINS) * (to - from),
    count / (values.length || 1),
  ]);
}
