import type { PadTrial } from '../../src/features/evaluation/index.ts';
import {
  createChallenge,
  judge,
  type Signals,
  trackFace,
} from '../../src/features/liveness/index.ts';
import { seeded } from '../../test/support/seeded.ts';
import { answersOf } from './binding.ts';
import { makeRecording } from './film.ts';
import { keepRecording } from './keep.ts';
import { openLocalPorts } from './local-ports.ts';
import { loadSources, splits } from './sources.ts';
import { attackSpecies, bonaFideVariants, type Recipe } from './species.ts';

export interface ShardOptions {
  readonly dataDir: string;
  readonly split: 'tuning' | 'reporting';
  readonly attacks: number;
  readonly honest: number;
  readonly only: readonly string[] | undefined;
  /** Nothing is begun after so many minutes; the report then says how many recordings there were. */
  readonly minutes: number;
  /** Where recordings are kept for the next run: see `keepRecording`. */
  readonly films: string | undefined;
  readonly shard: number;
  readonly shards: number;
}

/** What was made of one recording; `species` of an honest one is its variant. */
export interface LabTrial extends PadTrial {
  readonly score: number;
  readonly signals: Signals;
  readonly cpuMs: number;
  /** Of 1,000 random other challenges, those that this recording would answer. */
  readonly answersOthers: number;
  readonly answersOwn: boolean;
}

const OTHERS = 1_000;

/** Makes, tracks and judges this shard's share of the recordings, one after the other. */
export async function runShard(
  { dataDir, split, attacks, honest, only, minutes, films, shard, shards }: ShardOptions,
  onTrial: (trial: LabTrial) => void,
): Promise<void> {
  const ports = await openLocalPorts();
  const sources = await loadSources(ports, splits[split], dataDir);
  const others = Array.from({ length: OTHERS }, (_, i) => randomScript(900_000 + i));
  const jobs = [
    ...jobsOf(bonaFideVariants, honest, true),
    ...jobsOf(attackSpecies, attacks, false),
  ].filter(({ name }) => !only || only.includes(name));
  // Round by round, so that every species has its share when the time is up.
  jobs.sort(
    (a, b) =>
      a.index / (a.isBonaFide ? honest : attacks) - b.index / (b.isBonaFide ? honest : attacks),
  );
  const endAt = performance.now() + minutes * 60_000;
  for (const [i, { name, recipe, index, isBonaFide, seed }] of jobs.entries()) {
    if (i % shards !== shard) continue;
    if (performance.now() > endAt) break;
    const rng = seeded(seed + (split === 'tuning' ? 1e6 : 2e6));
    const film = await keepRecording(films, `${split}-${name}-${index}`, () =>
      makeRecording(ports, sources, recipe, index, rng),
    );
    const track = await trackFace.run(ports, { bytes: film.bytes, name });
    const { verdict, score, reasons, signals } = judge(film.script, track, film.capture);
    const answers = answersOf(track);
    onTrial({
      file: `${isBonaFide ? 'bona_fide' : 'attack'}/${name}/${String(index).padStart(3, '0')}`,
      isBonaFide,
      species: name,
      subject: film.subject,
      score,
      // As the check in a session: a contradiction about the camera goes to a human.
      accepted: verdict === 'live' && !reasons.includes('RESOLUTION_MISMATCH'),
      reasons,
      signals,
      cpuMs: track.timings.cpuMs,
      answersOwn: answers(film.script),
      answersOthers: others.filter(answers).length,
    });
  }
}

interface Job {
  readonly name: string;
  readonly recipe: Recipe;
  readonly index: number;
  readonly isBonaFide: boolean;
  readonly seed: number;
}

function jobsOf(
  recipes: Readonly<Record<string, Recipe>>,
  count: number,
  isBonaFide: boolean,
): Job[] {
  return Object.entries(recipes).flatMap(([name, recipe], k) =>
    Array.from({ length: count }, (_, index) => {
      const seed = (isBonaFide ? 0 : 500_000) + k * 1_000 + index;
      return { name, recipe, index, isBonaFide, seed };
    }),
  );
}

function randomScript(seed: number) {
  const rng = seeded(seed);
  return createChallenge((count) => Uint8Array.from({ length: count }, () => rng() * 256), 0);
}
