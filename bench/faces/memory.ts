/** 5,000 comparisons in one process: is anything kept? Answers with the slope of its resident memory. */
import { readFile } from 'node:fs/promises';
import type { Task, TaskRunner } from '../../src/core/task.ts';
import { compareFaces } from '../../src/features/faces/index.ts';
import { openPorts } from './engine-bonafide.ts';

export interface MemoryAnswer {
  readonly comparisons: number;
  /** Least squares over what follows the first fifth, in KB a comparison. */
  readonly slopeKb: number;
  readonly rssMb: number;
}

const [wanted, deadlineMs, sourceFile, targetFile] = process.argv.slice(2);
const source = await readFile(sourceFile ?? '');
const target = await readFile(targetFile ?? '');
const ports = await openPorts();
const runner: TaskRunner = {
  run: <Input, Output>(task: Task<Input, Output>, input: Input) => task.run(ports, input),
};
const models = { calibration: undefined, warnings: [] };
const end = performance.now() + Number(deadlineMs);
const samples: [comparisons: number, rssKb: number][] = [];
let done = 0;
while (done < Number(wanted) && performance.now() < end) {
  await compareFaces(runner, models, { source, target });
  done++;
  if (done % 50 !== 0) continue;
  globalThis.gc?.();
  samples.push([done, process.memoryUsage().rss / 1024]);
}
const settled = samples.filter(([comparisons]) => comparisons > done / 5);
const answer: MemoryAnswer = {
  comparisons: done,
  slopeKb: slope(settled),
  rssMb: (samples.at(-1)?.[1] ?? 0) / 1024,
};
process.send?.(answer);
process.disconnect?.();

function slope(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / n;
  const [mx, my] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return above / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}
