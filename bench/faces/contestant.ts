/** One contestant in a process of its own: takes lists of files, answers with vectors and times. */
import sharp from 'sharp';
import { type EmbedAnswer, type EngineName, type FaceEngine, readPixels } from './engine.ts';
import { openBonafide } from './engine-bonafide.ts';
import { openFaceApi } from './engine-face-api.ts';
import { openHuman } from './engine-human.ts';

sharp.concurrency(1);

const openers = { bonafide: openBonafide, 'face-api': openFaceApi, human: openHuman };
const engine = await openers[process.argv[2] as EngineName]();

process.on('disconnect', () => process.exit());
process.on('message', async (files: readonly string[]) => {
  const answers: EmbedAnswer[] = [];
  for (const file of files) answers.push(await embed(engine, file));
  const { maxRSS } = process.resourceUsage();
  process.send?.({ answers, peakRssMb: maxRSS / 1024 });
});
process.send?.('ready');

async function embed({ embed }: FaceEngine, file: string): Promise<EmbedAnswer> {
  const image = await readPixels(file);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const vector = await embed(image);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { file, vector, wallMs, cpuMs: (user + system) / 1000 };
}
