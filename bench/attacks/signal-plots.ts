import type { Plot } from '../../src/features/evaluation/plots.ts';
import type { Signals } from '../../src/features/liveness/index.ts';
import type { LabTrial } from './trials.ts';

const BINS = 24;

type Plotted = readonly [title: string, value: (signals: Signals) => number];

/** Every signal, so that none is forgotten; logarithmic ones are plotted as their decimal logarithm. */
const signals: Readonly<Record<keyof Signals, Plotted>> = {
  weakestAnswer: ['weakest answer to a prompt', (s) => s.weakestAnswer],
  answered: ['answered prompts, share', (s) => s.answered],
  unaskedMovements: ['movements that nobody asked for', (s) => s.unaskedMovements],
  unrest: ['unrest before the first prompt', (s) => s.unrest],
  relief: ['relief: residual of the homography', (s) => s.relief],
  bulge: ['bulge when coming closer', (s) => s.bulge],
  living: ['living skin, log10', (s) => Math.log10(s.living)],
  textureNear: ['change of the skin from frame to frame, log10', (s) => Math.log10(s.textureNear)],
  textureFar: ['change of the skin over time, log10', (s) => Math.log10(s.textureFar)],
  expression: ['expression: how unevenly eyes and nose change', (s) => s.expression],
  raster: ['raster: highest peak, decibels', (s) => s.raster],
  frame: ['straight frame around the face', (s) => s.frame],
  repeated: ['repeated frames, share', (s) => s.repeated],
  keyFrameEvery: ['frames from key frame to key frame', (s) => s.keyFrameEvery],
  leastCosine: ['least cosine to the usual face', (s) => s.leastCosine],
  isOtherFace: ['another face in between', (s) => Number(s.isOtherFace)],
  mostFaces: ['most faces at once', (s) => s.mostFaces],
  faceShare: ['frames with a face, share', (s) => s.faceShare],
  longestAbsenceMs: ['longest time without a face, milliseconds', (s) => s.longestAbsenceMs],
  jump: ['largest jump, log10', (s) => Math.log10(s.jump + 0.1)],
  wobble: ['change of size between frames', (s) => s.wobble],
  leastEyes: ['least opening of the eyes', (s) => s.leastEyes],
  fps: ['frames a second', (s) => s.fps],
  longestGapMs: ['longest time without a frame, milliseconds', (s) => s.longestGapMs],
  irregularity: ['irregularity of the times', (s) => s.irregularity],
  coverage: ['share of the challenge that is recorded', (s) => s.coverage],
  isForged: ['times that no recording has', (s) => Number(s.isForged)],
  isOtherSize: ['size contradicts the camera', (s) => Number(s.isOtherSize)],
  namesProgram: ['camera names itself a program', (s) => Number(s.namesProgram)],
  namesEditor: ['file names an editor', (s) => Number(s.namesEditor)],
  flash: ['answer to the colours', (s) => s.flash?.correlation ?? Number.NaN],
};

export function signalPlots(trials: readonly LabTrial[]): Plot[] {
  return Object.values(signals).map(([title, value]) => {
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
