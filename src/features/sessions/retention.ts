import {
  type ArtifactKind,
  artifactKinds,
  retentionOf,
  type WorkflowGraph,
} from '../workflows/index.ts';

const dayMs = 86_400_000;

/** When each kind of object goes, for a session that ended at this time. What is not to be kept goes at once. */
export function expiryOf(
  graph: WorkflowGraph,
  endedAt: number,
): readonly { readonly kind: ArtifactKind; readonly at: Date }[] {
  return artifactKinds.map((kind) => {
    const { keep, retention_days } = retentionOf(graph, kind);
    return { kind, at: new Date(keep ? endedAt + retention_days * dayMs : endedAt) };
  });
}
