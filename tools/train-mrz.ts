import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { makeBatch } from './train-mrz/batch.ts';
import { drawAtlas, loadGlyphs } from './train-mrz/glyph-atlas.ts';
import { measure } from './train-mrz/held-out.ts';
import { seededRandom } from './train-mrz/random.ts';
import { Trainer } from './train-mrz/trainer.ts';

/**
 * Trains the OCR-B recogniser on rendered lines and writes models/mrz-glyphs.onnx with its card's digest.
 * Seeded and unattended. `--full` trains four times as long; `--dry-run` writes no model;
 * `--draw-glyphs` draws the picture of the glyphs anew from the installed fonts first.
 */
const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '9303' },
    steps: { type: 'string' },
    full: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    'draw-glyphs': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const batchSize = 32;
const seed = Number(options.seed);
const steps = Number(options.steps ?? (options.full ? 6000 : 1500));
const peakRate = 2.5e-3;

if (options['draw-glyphs']) await drawAtlas();
const fonts = await loadGlyphs();
const trainer = new Trainer(seededRandom(seed));
const random = seededRandom(seed + 1);
console.log(`${trainer.parameterCount} parameters, ${steps} steps of ${batchSize} strips`);

const started = performance.now();
let next = makeBatch(random, fonts, batchSize, 0.2);
let average = Number.NaN;
for (let step = 0; step < steps; step++) {
  const { batch } = await next;
  const progress = step / steps;
  const warmUp = Math.min(1, (step + 1) / 50);
  const rate = peakRate * warmUp * (0.02 + 0.98 * 0.5 * (1 + Math.cos(Math.PI * progress)));
  const training = trainer.step(batch, rate);
  next = makeBatch(random, fonts, batchSize, Math.min(1, 0.2 + progress * 2));
  const loss = await training;
  average = Number.isNaN(average) ? loss : 0.95 * average + 0.05 * loss;
  if ((step + 1) % 50 === 0) {
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`step ${step + 1}  loss ${average.toFixed(4)}  ${seconds} s`);
  }
}
await next;

const net = trainer.exportNet();
const sha256 = createHash('sha256').update(net).digest('hex');
const rows = [
  ...(await measure(net, fonts, seed + 2)),
  { what: 'training_seconds', value: Math.round((performance.now() - started) / 1000), unit: 's' },
  { what: 'parameters', value: trainer.parameterCount, unit: 'count' },
];
console.table(rows);
if (!options['dry-run']) {
  await writeFile('models/mrz-glyphs.onnx', net);
  const card = JSON.parse(await readFile('models/mrz-glyphs.json', 'utf8'));
  const updated = { ...card, sha256, bytes: net.length };
  await writeFile('models/mrz-glyphs.json', `${JSON.stringify(updated, null, 2)}\n`);
  console.log(`models/mrz-glyphs.onnx ${net.length} bytes ${sha256}`);
}
if (options.json !== undefined) {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  await writeFile(options.json, JSON.stringify({ name: 'train-mrz', machine, commit, rows }));
}
