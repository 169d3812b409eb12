import '../src/core/polyfill.ts';
import { fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { renderPadReport, reportPad } from '../src/features/evaluation/index.ts';
import { ACTIVE_THRESHOLD } from '../src/features/liveness/index.ts';
import { expectationRows, QUICK } from './attacks/expected.ts';
import { pictureRows } from './attacks/pictures.ts';
import { laboratoryRows } from './attacks/rows.ts';
import { signalPlots } from './attacks/signal-plots.ts';
import { splits } from './attacks/sources.ts';
import { measureSpeed } from './attacks/speed.ts';
import { type LabTrial, runShard, type ShardOptions } from './attacks/trials.ts';
import { publishBench } from './support/bench-report.ts';

/**
 * The attack laboratory: makes recordings that answer challenges, honest ones and attacks, and judges them.
 * By default a quick run whose verdicts are frozen. `--full` measures rates: on the people of `--split reporting`
 * unless `--split tuning`, on whom operating points are fixed, is asked for.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    html: { type: 'string' },
    data: { type: 'string', default: fileURLToPath(new URL('../../shared/data', import.meta.url)) },
    split: { type: 'string' },
    /** Attacks of each species. */
    attacks: { type: 'string' },
    /** Honest recordings of each variant. */
    honest: { type: 'string' },
    /** Only these species and variants, separated by commas. */
    only: { type: 'string' },
    minutes: { type: 'string' },
    /** Folder that keeps the recordings for the next run, which then judges without making them. */
    films: { type: 'string' },
    processes: { type: 'string', default: String(availableParallelism()) },
    full: { type: 'boolean', default: false },
    /** Instead: the traces of screens and prints on real pictures of them. */
    pictures: { type: 'boolean', default: false },
    shard: { type: 'string' },
  },
});

const shards = Number(values.processes);
const isQuick = !(values.full || values.split || values.attacks || values.honest || values.only);
const options: Omit<ShardOptions, 'shard'> = {
  dataDir: values.data,
  split: isQuick || values.split === 'tuning' ? 'tuning' : 'reporting',
  attacks: Number(values.attacks ?? (isQuick ? QUICK : 20)),
  honest: Number(values.honest ?? (isQuick ? QUICK : 9)),
  only: values.only?.split(','),
  minutes: Number(values.minutes ?? 60),
  films: values.films,
  shards,
};

if (values.shard !== undefined) {
  await runShard({ ...options, shard: Number(values.shard) }, (trial) => process.send?.(trial));
  process.disconnect?.();
} else if (!existsSync(values.data)) {
  console.log(`skipped: no recordings in ${values.data}; name a folder with --data`);
} else if (values.pictures) {
  publishBench('attacks-pictures', await pictureRows(values.data), process.argv);
} else await main();

async function main(): Promise<void> {
  const trials: LabTrial[] = [];
  await Promise.all(Array.from({ length: shards }, (_, shard) => runChild(shard, trials)));
  trials.sort((a, b) => (a.file < b.file ? -1 : 1));
  const report = reportPad(trials, { threshold: ACTIVE_THRESHOLD, model: null });
  if (values.html) writeFileSync(values.html, renderPadReport(report, signalPlots(trials)));
  for (const { file, isBonaFide, accepted, score, reasons } of trials) {
    if (isBonaFide !== accepted) console.log(`${file} ${score} ${reasons.join(' ')}`);
  }
  const rows = isQuick ? expectationRows(trials) : laboratoryRows(report, trials);
  if (values.full) {
    const cpuMs = await measureSpeed(splits[options.split], options.dataDir);
    rows.push({
      what: 'judge_cpu_ms_6s_720p',
      value: cpuMs,
      unit: 'ms',
      bar: '<= 1500',
      ok: cpuMs <= 1_500,
    });
  }
  publishBench('attacks', rows, process.argv);
}

/** Each process makes and judges its share: the work is all computation. */
function runChild(shard: number, trials: LabTrial[]): Promise<void> {
  const args = [...process.argv.slice(2), '--shard', String(shard)];
  const child = fork(fileURLToPath(import.meta.url), args, { serialization: 'advanced' });
  child.on('message', (trial) => {
    trials.push(trial as LabTrial);
    if (process.stderr.isTTY) process.stderr.write(`\r${trials.length} recordings`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`A process of the laboratory ended with ${code}`)),
    );
  });
}
