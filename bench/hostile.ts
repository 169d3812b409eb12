import { startVision, type Vision } from '../src/app/vision.ts';
import {
  basePictures,
  craftedImages,
  damagedFiles,
  type HostileFile,
} from '../test/support/hostile-images.ts';
import {
  type HostileKind,
  type HostileVerdict,
  judge,
  unfit,
} from '../test/support/hostile-run.ts';
import { baseClips, craftedVideos } from '../test/support/hostile-videos.ts';
import { decodeProbe, stuckProbe } from '../test/support/probe-tasks.ts';

/**
 * Sends crafted and seeded damaged pictures and videos to one vision process and reports what came back, then kills
 * processes under load. `npm run hostile -- [pictures] [videos] [seed]`
 */
const [pictureCount = 20_000, videoCount = 5_000, seed = 1] = process.argv.slice(2).map(Number);
const pictures = await basePictures();
const clips = await baseClips();
const vision = startVision({
  processes: 1,
  models: [],
  entry: new URL('../test/support/probe-process.ts', import.meta.url),
  onEvent: (event) => {
    if (event.type !== 'ready') console.log(`  ${event.type}: ${event.reason}`);
  },
});
await vision.ready();
await attack('image', pictures, await craftedImages(pictures), pictureCount);
await attack('video', clips, await craftedVideos(), videoCount);
const recoveries: number[] = [];
for (let i = 0; i < 10; i++) recoveries.push(await killAndServe(vision));
const shown = recoveries.map(Math.round).toSorted((a, b) => a - b);
console.log(`killed while busy, next task served after ${shown.join(', ')} ms`);
await vision.close();

async function attack(
  kind: HostileKind,
  base: readonly HostileFile[],
  crafted: readonly HostileFile[],
  count: number,
): Promise<void> {
  const verdicts: HostileVerdict[] = [];
  for (const file of crafted) verdicts.push(await judge(vision, kind, file));
  for (const file of damagedFiles(base, seed)) {
    if (verdicts.push(await judge(vision, kind, file)) >= count) break;
  }
  report(kind, verdicts);
}

function report(kind: HostileKind, all: readonly HostileVerdict[]): void {
  const tally = new Map<string, number>();
  for (const { outcome } of all) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  console.log(`${all.length} hostile ${kind}s, seed ${seed}`);
  for (const [outcome, n] of [...tally].toSorted((a, b) => b[1] - a[1])) {
    console.log(`  ${n} ${outcome}`);
  }
  const faults = unfit(kind, all);
  for (const { name, outcome, detail } of faults) {
    console.log(`  FAULT ${name}: ${outcome} ${detail}`);
  }
  const slowest = all.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
  for (const { name, ms, outcome } of slowest) {
    console.log(`  ${Math.round(ms)} ms ${name} (${outcome})`);
  }
  const { restarts, processes } = vision.figures();
  const rss = processes.map(({ rssBytes }) => `${Math.round(rssBytes / 1e6)} MB`);
  console.log(`  ${restarts} processes lost, resident ${rss.join(', ')}`);
  if (faults.length > 0 || restarts > 0) process.exitCode = 1;
}

/** Milliseconds from SIGKILL of the only process, busy with another task, to the answer of the next. */
async function killAndServe(runner: Vision): Promise<number> {
  const abandon = new AbortController();
  const stuck = runner.run(stuckProbe, null, { signal: abandon.signal }).catch(() => undefined);
  while (runner.figures().processes[0]?.state !== 'busy') {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const pid = runner.figures().processes[0]?.pid;
  abandon.abort();
  await stuck;
  const start = performance.now();
  if (pid) process.kill(pid, 'SIGKILL');
  const bytes = pictures[0]?.bytes ?? new Uint8Array();
  await runner.run(decodeProbe, { bytes, name: 'next' });
  return performance.now() - start;
}
