import { startVision, type Vision } from '../src/app/vision.ts';
import { AppError } from '../src/core/errors.ts';
import { basePictures, craftedImages, damagedImages } from '../test/support/hostile-images.ts';
import { allowedOutcomes, type HostileVerdict, judge } from '../test/support/hostile-run.ts';
import { decodeProbe, stuckProbe } from '../test/support/probe-tasks.ts';

/**
 * Sends crafted and seeded damaged pictures to one vision process and reports what came back, then kills processes
 * under load. `npm run hostile -- [count] [seed]`
 */
const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? 1);
const pictures = await basePictures();
const vision = startVision({
  processes: 1,
  models: [],
  entry: new URL('../test/support/probe-process.ts', import.meta.url),
});
await vision.ready();

const verdicts: HostileVerdict[] = [];
for (const image of await craftedImages(pictures)) verdicts.push(await judge(vision, image));
for (const image of damagedImages(pictures, seed)) {
  if (verdicts.push(await judge(vision, image)) >= count) break;
}
report(verdicts, vision);
const recoveries: number[] = [];
for (let i = 0; i < 10; i++) recoveries.push(await killAndServe(vision));
console.log(
  `killed while busy, next task served after ${recoveries.map(Math.round).join(', ')} ms`,
);
await vision.close();

function report(all: readonly HostileVerdict[], { figures }: Vision): void {
  const tally = new Map<string, number>();
  for (const { outcome } of all) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  console.log(`${all.length} hostile pictures, seed ${seed}`);
  for (const [outcome, n] of [...tally].toSorted((a, b) => b[1] - a[1]))
    console.log(`  ${n} ${outcome}`);
  const faults = all.filter(({ outcome }) => !allowedOutcomes.includes(outcome));
  for (const { name, outcome, detail } of faults)
    console.log(`  FAULT ${name}: ${outcome} ${detail}`);
  const slowest = all.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
  for (const { name, ms, outcome } of slowest)
    console.log(`  ${Math.round(ms)} ms ${name} (${outcome})`);
  const { restarts, processes } = figures();
  const rss = processes.map(({ rssBytes }) => `${Math.round(rssBytes / 1e6)} MB`);
  console.log(`  ${restarts} processes lost, resident ${rss.join(', ')}`);
  if (faults.length > 0) process.exitCode = 1;
}

/** Milliseconds from SIGKILL of the only process, busy with another task, to the answer of the next. */
async function killAndServe(runner: Vision): Promise<number> {
  const abandon = new AbortController();
  const stuck = runner.run(stuckProbe, null, { signal: abandon.signal }).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [busy] = runner.figures().processes;
  abandon.abort(new AppError('vision_process_died'));
  await stuck;
  const start = performance.now();
  if (busy?.pid) process.kill(busy.pid, 'SIGKILL');
  const [picture] = pictures;
  await runner.run(decodeProbe, { bytes: picture?.bytes ?? new Uint8Array(), name: 'next' });
  return performance.now() - start;
}
