import type { Fact } from '../checks/index.ts';
import type { WebhookAnswer, WorkflowNode } from '../workflows/index.ts';

type WebhookNode = Extract<WorkflowNode, { type: 'webhook' }>;

const longestText = 200;

/**
 * The declared scalars of a JSON answer; anything else in it is dropped. An answer that lacks one of them, or
 * gives it another type, is a failure: half an answer should open no door.
 */
export function readAnswer(node: WebhookNode, status: number, body: string): WebhookAnswer {
  if (status < 200 || status > 299) return failed;
  const given = parse(body);
  const answers: Record<string, Fact> = {};
  for (const [name, kind] of Object.entries(node.answers)) {
    const value = given?.[name];
    const isFit =
      (kind === 'string' && typeof value === 'string' && value.length <= longestText) ||
      (kind === 'number' && typeof value === 'number') ||
      (kind === 'boolean' && typeof value === 'boolean');
    if (!isFit) return failed;
    answers[name] = value;
  }
  return { status: 'answered', answers };
}

export const failed: WebhookAnswer = { status: 'failed', answers: {} };

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
