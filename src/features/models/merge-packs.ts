import { AppError } from '../../core/errors.ts';
import type { ModelRole } from '../../core/model.ts';
import { type PackContents, type PackModel, usualFusion } from './model-pack.ts';

/**
 * What a pack holds after new models arrive. A role that they cover is theirs alone, unless `fuse` asks that
 * they join those that are there; a model of the same name is replaced either way.
 * @throws AppError model_manifest_invalid when several models serve a role that has no fusion rule
 */
export function mergePacks(
  current: PackContents,
  incoming: PackContents,
  { fuse = false }: { fuse?: boolean } = {},
): PackContents {
  const names = new Set(incoming.models.map(({ name }) => name));
  const covered = new Set(incoming.models.map(({ role }) => role));
  const kept = current.models.filter(
    ({ name, role }) => !names.has(name) && (fuse || !covered.has(role)),
  );
  const models = [...kept, ...incoming.models];
  const fusion: PackContents['fusion'] = {};
  for (const role of new Set(models.map((model) => model.role))) {
    const members = models.filter((model) => model.role === role);
    if (members.length < 2) continue;
    const rule = incoming.fusion[role] ?? current.fusion[role] ?? usualFusion[role];
    if (!rule) throw cannotFuse(role, members);
    fusion[role] = rule;
  }
  return { format: current.format, models, fusion };
}

function cannotFuse(role: ModelRole, members: readonly PackModel[]): AppError {
  const names = members.map(({ name }) => name).join(', ');
  return new AppError('model_manifest_invalid', `${names}: answers for ${role} cannot be fused`);
}
