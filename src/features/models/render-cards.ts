import type { Calibration, FusedCard, ModelCard } from './model-card.ts';

/** docs/models.md: the cards for people. Generated; edit `models/*.json` instead. */
export function renderModelCards(
  cards: readonly ModelCard[],
  fused: readonly FusedCard[] = [],
): string {
  const defaults = cards.filter(({ pack }) => pack === 'default');
  const optional = cards.filter(({ pack }) => pack === 'optional');
  return `${[
    INTRODUCTION,
    '## The default pack',
    overview(defaults),
    ...defaults.map(renderCard),
    '## Optional models',
    OPTIONAL,
    overview(optional),
    ...optional.map(renderCard),
    ...(fused.length > 0 ? ['## Combinations', ...fused.map(renderFused)] : []),
    MANIFESTS,
  ].join('\n\n')}\n`;
}

const INTRODUCTION = `# Models

Generated from \`models/*.json\` by \`npm run generate\`.

Every answer of a model carries the SHA-256 of its weights, and embeddings of different weights are never compared.
\`bonafide models list\` shows what serves, \`bonafide models verify\` whether it is sound.`;

const OPTIONAL = `Not installed. \`bonafide models pull NAME\` shows address, digest, licence and caveats, asks for consent, verifies the file and loads it once before it replaces anything. Models without an address are not published in this form: install them from a manifest of your own.`;

const MANIFESTS = `## Manifests and packs

\`bonafide models pull https://…/manifest.json\` installs the models that a manifest chooses: the members of an ensemble for its task, otherwise those marked \`recommended\`. The files lie beside the manifest. \`--pack FOLDER\` uses such a folder straight away.

| field of a model | meaning |
|---|---|
| \`name\`, \`file\`, \`sha256\`, \`bytes\`, \`licence\`, \`caveat\` | \`bytes\` and \`caveat\` may be missing |
| \`task\` | one of the roles in the tables above; other tasks are left out and named |
| \`recommended\` | default true |
| \`input.shape\`, \`input.order\` | channels first: \`["N", 3, 112, 112]\`; \`RGB\` or \`BGR\` |
| \`input.scale\` | \`raw 0..255\`, or a formula in x that is linear: \`x/127.5-1\`, \`(x/255-[.485,.456,.406])/[.229,.224,.225]\` |
| \`input.align\`, \`input.crop\`, \`input.limit\` | one of the alignments by name or in the words of the known manifests |
| \`output\` | of presentation-attack models: says \`index 1 = live\` |
| \`ensembles.*.models\`, \`rule\` | \`mean of the two cosines\`, \`mean of the two live probabilities\` (two to five) |

What cannot be understood is refused with the name of the model and the field.

Models installed into the pack \`local\` (the default of \`--name\`) take the place of the default pack's in their role. Other packs serve where \`--pack NAME\` names them. Files that were replaced stay until the next \`models remove\`, so that a running platform can still load them; it takes the new ones when it is restarted. Embeddings made with the models before stay valid only for comparison with one another.`;

function overview(cards: readonly ModelCard[]): string {
  const rows = cards.map(
    ({ role, name, licence, bytes }) =>
      `| ${role} | [${name}](#${anchor(name)}) | ${(bytes / 1e6).toFixed(1)} MB | ${licence} |`,
  );
  return ['| role | model | size | licence |', '|---|---|---|---|', ...rows].join('\n');
}

function renderCard(card: ModelCard): string {
  const { input } = card;
  const facts: readonly (readonly [string, string])[] = [
    ['role', card.role],
    ['version', card.version],
    ['sha256', `\`${card.sha256}\``],
    ['licence', card.licence],
    ['source', renderSource(card)],
    ['training data', card.training_data],
    [
      'input',
      `${input.layout} [${input.shape.join(', ')}], ${input.order}, (pixel − ${list(input.mean)}) / ${list(input.std)}, alignment \`${input.align}\``,
    ],
    ...card.outputs.map(
      ({ name, shape, meaning }) =>
        ['output', `\`${name}\` [${shape.join(', ')}]: ${meaning}`] as const,
    ),
    ['known bias', card.known_bias],
    ...card.caveats.map((caveat) => ['caveat', caveat] as const),
  ];
  return `### ${card.name}\n\n${table(facts)}${renderCalibration(card.calibration)}`;
}

function renderFused(card: FusedCard): string {
  const facts = [
    ['role', card.role],
    ['members', card.members.map(({ name }) => name).join(', ')],
    ['known bias', card.known_bias],
  ] as const;
  return `### ${card.name}\n\n${table(facts)}${renderCalibration(card.calibration)}`;
}

function renderSource({ source }: ModelCard): string {
  if ('package' in source) {
    return `npm package \`${source.package}\` ${source.version}, \`${source.file}\`, converted to ONNX at install`;
  }
  if ('kept' in source)
    return `\`models/${source.kept}\` in this repository, made by \`${source.made_by}\``;
  return source.url === null ? source.origin : `<${source.url}> (${source.origin})`;
}

function renderCalibration(calibration: Calibration | undefined): string {
  if (!calibration) return '';
  const { measured_on, points, worst_group } = calibration;
  const rows = points.map(
    ({ similarity, fmr, fnmr }) => `| ${similarity} | ${percent(fmr)} | ${percent(fnmr)} |`,
  );
  const worst = worst_group
    ? `\n\nWorst measured group: ${worst_group.name}, at similarity ${worst_group.similarity} FMR ${percent(worst_group.fmr)}, FNMR ${percent(worst_group.fnmr)}.`
    : '';
  return `\n\nMeasured on: ${measured_on}\n\n| similarity | FMR | FNMR |\n|---|---|---|\n${rows.join('\n')}${worst}`;
}

function table(facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(([what, value]) => `| ${what} | ${value.replaceAll('|', '\\|')} |`);
  return ['| | |', '|---|---|', ...rows].join('\n');
}

function list([first, ...others]: readonly number[]): string {
  const isSame = others.every((value) => value === first);
  return isSame ? String(first) : `[${[first, ...others].join(', ')}]`;
}

function percent(rate: number): string {
  return `${(100 * rate).toPrecision(2)} %`;
}

/** As GitHub makes it from a heading. */
function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '');
}
