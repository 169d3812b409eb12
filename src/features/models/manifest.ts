import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { type ModelRole, modelRoles } from '../../core/model.ts';
import { parseAlignment } from './alignment-names.ts';
import { parseManifest } from './manifest-faults.ts';
import { Sha256 } from './model-card.ts';
import { FileName, type FusionRule, PackContents, usualFusion } from './model-pack.ts';
import { parseScale } from './scale-grammar.ts';

/**
 * Manifests that describe models in words: a list of models with task, digest, licence and preprocessing,
 * and ensembles by name. Fields that are not listed here are for people and are ignored.
 */
const Entry = z.object({
  name: z.string(),
  file: FileName,
  task: z.string(),
  recommended: z.boolean().default(true),
  bytes: z.number().int().positive().optional(),
  sha256: Sha256,
  licence: z.string().min(1),
  version: z.string().optional(),
  source: z.object({ commit: z.string().optional() }).optional(),
  caveat: z.string().optional(),
  extra: z.record(FileName, Sha256).default({}),
  input: z.object({
    shape: z.array(z.union([z.number(), z.string()])).optional(),
    order: z.string().optional(),
    scale: z.string().optional(),
    align: z.string().optional(),
    crop: z.string().optional(),
    limit: z.string().optional(),
  }),
  output: z.string().default(''),
});
type Entry = z.infer<typeof Entry>;

const ForeignManifest = z.object({
  models: z.array(Entry).min(1),
  ensembles: z
    .record(z.string(), z.object({ models: z.array(z.string()).min(1), rule: z.string() }))
    .default({}),
});
type ForeignManifest = z.infer<typeof ForeignManifest>;

export interface ManifestSelection {
  /** Take these models, recommended or not, instead of what the manifest chooses. */
  readonly names?: readonly string[] | undefined;
}

export interface ReadManifest {
  readonly contents: PackContents;
  /** Recommended entries that no task of the product can use, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** Reads either form: our own `pack.json`, or a manifest in words. */
export function readManifest(json: unknown, selection: ManifestSelection = {}): ReadManifest {
  if (!PackHeader.safeParse(json).success) {
    return readForeignManifest(parseManifest(ForeignManifest, json), selection);
  }
  const contents = parseManifest(PackContents, json);
  const { names } = selection;
  if (!names) return { contents, skipped: [] };
  const byName = new Map(contents.models.map((model) => [model.name, model]));
  const models = names.map((name) => named(byName, name));
  return { contents: { ...contents, models }, skipped: [] };
}

const PackHeader = z.object({ format: z.literal('bonafide-pack-1') });

/**
 * Chooses and translates: the members of a role's ensemble, else its recommended models.
 * @throws AppError model_manifest_invalid naming the entry and the field; model_unknown for a name it has not
 */
function readForeignManifest(
  manifest: ForeignManifest,
  { names }: ManifestSelection = {},
): ReadManifest {
  const byName = new Map(manifest.models.map((entry) => [entry.name, entry]));
  const chosen = names ? names.map((name) => named(byName, name)) : choose(manifest, byName);
  const usable = chosen.filter(({ task }) => isRole(task));
  const models = usable.map(translate);
  const fusion = fusionOf(manifest, models);
  return {
    contents: parseManifest(PackContents, { format: 'bonafide-pack-1', models, fusion }),
    skipped: chosen
      .filter(({ task }) => !isRole(task))
      .map(({ name, task }) => ({ name, reason: `no task of the product is called ${task}` })),
  };
}

function choose(manifest: ForeignManifest, byName: ReadonlyMap<string, Entry>): Entry[] {
  const members = Object.values(manifest.ensembles).flatMap((ensemble) =>
    ensemble.models.map((name) => named(byName, name)),
  );
  const covered = new Set(members.map(({ task }) => task));
  const others = manifest.models.filter((entry) => entry.recommended && !covered.has(entry.task));
  return [...members, ...others];
}

function translate(entry: Entry) {
  const { name, input } = entry;
  const usual = entry.task === 'text-recognition' ? 'line-32' : '';
  return {
    name,
    version: entry.version ?? entry.source?.commit?.slice(0, 12) ?? entry.sha256.slice(0, 12),
    role: entry.task,
    file: entry.file,
    sha256: entry.sha256,
    bytes: entry.bytes,
    licence: entry.licence,
    caveats: entry.caveat === undefined ? [] : [entry.caveat],
    input: within(name, () => ({
      shape: input.shape,
      order: input.order,
      layout: 'NCHW',
      ...parseScale(input.scale ?? ''),
      align: parseAlignment(input.align ?? input.crop ?? input.limit ?? usual),
    })),
    live_index: entry.task === 'pad' ? within(name, () => parseLiveIndex(entry.output)) : undefined,
    extras: Object.entries(entry.extra).map(([file, sha256]) => ({ file, sha256 })),
  };
}

/** Presentation-attack models say in words which class is the living person: "index 1 = live". */
function parseLiveIndex(output: string): number {
  const index = /\bindex (\d+) = live\b/.exec(output)?.[1];
  if (index !== undefined) return Number(index);
  throw new AppError(
    'model_manifest_invalid',
    `output "${output}" does not say which class is live; write "softmax 2 classes, index 0 = live"`,
  );
}

function fusionOf(
  manifest: ForeignManifest,
  models: readonly { name: string; role: string }[],
): Partial<Record<ModelRole, FusionRule>> {
  const fusion: Partial<Record<ModelRole, FusionRule>> = {};
  for (const role of modelRoles) {
    const members = models.filter((model) => model.role === role).map(({ name }) => name);
    if (members.length < 2) continue;
    const written = Object.values(manifest.ensembles).find(({ models: names }) =>
      members.every((name) => names.includes(name)),
    );
    const rule = written ? parseRule(written.rule) : usualFusion[role];
    if (!rule) {
      const detail = `${members.join(', ')} all serve ${role}, and no ensemble says how to fuse them`;
      throw new AppError('model_manifest_invalid', detail);
    }
    fusion[role] = rule;
  }
  return fusion;
}

function parseRule(text: string): FusionRule {
  const words = /^mean of the (?:two|three|four|five) (cosines|live probabilities)\b/.exec(
    text,
  )?.[1];
  if (words === 'cosines') return 'mean-of-cosines';
  if (words === 'live probabilities') return 'mean-of-probabilities';
  throw new AppError(
    'model_manifest_invalid',
    `the ensemble rule "${text}" cannot be understood; known are "mean of the two cosines" and "mean of the two live probabilities"`,
  );
}

function isRole(task: string): task is ModelRole {
  return (modelRoles as readonly string[]).includes(task);
}

function named<T>(byName: ReadonlyMap<string, T>, name: string): T {
  const entry = byName.get(name);
  if (entry) return entry;
  const known = [...byName.keys()].join(', ');
  throw new AppError('model_unknown', `The manifest has no model ${name}; it has ${known}`);
}

/** Puts the model's name before what was wrong with it. */
function within<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
