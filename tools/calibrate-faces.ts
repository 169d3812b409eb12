/**
 * Measures the curve from cosine to similarity and writes it into the card of the face embedding:
 * `tsx tools/calibrate-faces.ts --root DIR [--pack NAME|DIR] [--sets a,b,…]`
 *
 * DIR/manifest.csv lists `file,label` with `identity=…` in the label; the folder under `faces/` is the set. All pairs
 * within a set are compared. Nothing outside the sets named here may be used: it is what the results are reported on.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from '../src/app/cli/output.ts';
import { startVision } from '../src/app/vision.ts';
import { calibrate, type ScoresBySet } from '../src/features/evaluation/calibrate.ts';
import { embedFiles, parseCsv } from '../src/features/evaluation/index.ts';
import { type AnalysedFace, compareTwo } from '../src/features/faces/index.ts';
import {
  catalogueDir,
  readCatalogue,
  readFusedCards,
} from '../src/features/models/model-files.usecase.ts';
import { fuseRefs } from '../src/features/models/model-pack.ts';
import { resolveModels } from '../src/features/models/resolve-models.usecase.ts';

const { values: options } = parseArgs({
  options: {
    root: { type: 'string', default: '../shared/data' },
    pack: { type: 'string' },
    sets: {
      type: 'string',
      default: 'dlib_johns,public_figures,azure_sample,orl,stock_expressions',
    },
  },
});

interface Picture {
  readonly file: string;
  readonly set: string;
  readonly identity: string;
}

const sets = options.sets.split(',');
const pictures = readPictures(join(options.root, 'manifest.csv'), sets);
const pack = await resolveModels({ pack: options.pack });
const scores = await scorePairs(pictures);
const embedding = pack.identities['face-embedding'];
const { file, card } = await findCard(embedding?.sha256 ?? '');
const figures = calibrate(scores);
const measured_on = describeData(pictures, scores);
writeFileSync(
  file,
  `${JSON.stringify({ ...card, calibration: { measured_on, ...figures } }, null, 2)}\n`,
);
console.log(JSON.stringify({ model: embedding?.name, measured_on, ...figures }, null, 2));

function readPictures(manifest: string, wanted: readonly string[]): Picture[] {
  return parseCsv(readFileSync(manifest, 'utf8'), ['file', 'label'], 'manifest').flatMap(
    ({ file, label }) => {
      const set = /^faces\/([^/]+)\//.exec(file)?.[1] ?? '';
      const identity = /identity=([^;]+)/.exec(label)?.[1];
      return identity && wanted.includes(set) ? [{ file, set, identity }] : [];
    },
  );
}

async function scorePairs(all: readonly Picture[]): Promise<ScoresBySet> {
  const vision = startVision({ processes: availableParallelism(), models: pack.models });
  const progress = createProgress();
  try {
    const { faces, failures } = await embedFiles(
      vision,
      all.map(({ file }) => file),
      {
        root: options.root,
        concurrency: availableParallelism() * 2,
        onProgress: (done, total) => progress.update(done, total, 'pictures'),
      },
    );
    for (const { file, code } of failures) console.error(`left out: ${file} (${code})`);
    return new Map(
      sets.map((set) => [
        set,
        compareAll(
          all.filter((one) => one.set === set),
          faces,
        ),
      ]),
    );
  } finally {
    progress.finish();
    await vision.close();
  }
}

/** Pictures without a face are left out: a calibration is about scores. */
function compareAll(pictures: readonly Picture[], faces: ReadonlyMap<string, AnalysedFace>) {
  const genuine: number[] = [];
  const impostor: number[] = [];
  for (const [i, a] of pictures.entries()) {
    for (const b of pictures.slice(i + 1)) {
      const [one, two] = [faces.get(a.file), faces.get(b.file)];
      if (!one || !two) continue;
      const { cosine } = compareTwo(one, two, { calibration: undefined, warnings: [] });
      (a.identity === b.identity ? genuine : impostor).push(cosine);
    }
  }
  return { genuine, impostor, failedGenuine: 0 };
}

async function findCard(sha256: string) {
  const single = (await readCatalogue()).find((card) => card.sha256 === sha256);
  if (single) return readCard(join(catalogueDir, `${single.name}.json`));
  const fused = (await readFusedCards()).find(({ members }) => {
    const [first, ...others] = members.map((member) => ({ ...member, version: '' }));
    return first && fuseRefs([first, ...others]).sha256 === sha256;
  });
  if (fused) return readCard(join(catalogueDir, 'fused', `${fused.name}.json`));
  throw new Error(`No card in models/ has the weights ${sha256}`);
}

function readCard(file: string) {
  return { file, card: JSON.parse(readFileSync(file, 'utf8')) as object };
}

function describeData(all: readonly Picture[], scores: ScoresBySet): string {
  const people = new Set(all.map(({ set, identity }) => `${set} ${identity}`)).size;
  const count = (kind: 'genuine' | 'impostor') =>
    [...scores.values()].reduce((sum, set) => sum + set[kind].length, 0);
  return `${sets.join(', ')}: ${all.length} pictures of ${people} people, all pairs within each set (${count('genuine')} of one person, ${count('impostor')} of two). LFW and selfies were not used.`;
}
