import { WorkflowGraph } from './workflow.ts';

/** Workflows that every tenant has from the start, as data. Published as version 1; copy one to change it. */
export interface ShippedWorkflow {
  readonly name: string;
  readonly title: string;
  readonly graph: WorkflowGraph;
}

export const shippedWorkflows: readonly ShippedWorkflow[] = [
  {
    name: 'id-selfie',
    title: 'Selfie against the portrait on an identity document',
    graph: WorkflowGraph.parse({
      start: 'face_match',
      nodes: {
        face_match: { type: 'check', check: 'face_match', next: 'outcome' },
        outcome: { type: 'decision', outcome: 'determine' },
      },
      capture: ['face', 'document_front'],
      artifacts: {
        light_video: { keep: false },
        frames_archive: { keep: false },
      },
    }),
  },
  {
    name: 'id-liveness-match',
    title: 'Live person, both sides of an identity document, data and portrait compared',
    graph: WorkflowGraph.parse({
      start: 'liveness',
      nodes: {
        liveness: { type: 'check', check: 'liveness', next: 'document' },
        document: { type: 'check', check: 'document', next: 'data_match' },
        data_match: { type: 'check', check: 'data_match', next: 'face_match' },
        face_match: { type: 'check', check: 'face_match', next: 'authenticity' },
        authenticity: { type: 'check', check: 'authenticity', next: 'outcome' },
        outcome: { type: 'decision', outcome: 'determine' },
      },
      capture: ['face', 'document_front', 'document_back'],
    }),
  },
  {
    name: 'face-liveness',
    title: 'A living person, present now; one attempt within ten minutes',
    graph: WorkflowGraph.parse({
      start: 'liveness',
      nodes: {
        liveness: { type: 'check', check: 'liveness', next: 'outcome' },
        outcome: { type: 'decision', outcome: 'determine' },
      },
      capture: ['face'],
      max_attempts: { face: 1 },
      expires_after_s: 600,
      abandon_after_s: 600,
      artifacts: {
        embedding: { keep: false },
        light_video: { keep: false },
      },
    }),
  },
];
