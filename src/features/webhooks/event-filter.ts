/** Everything that can be subscribed to, with a sentence for the documentation. */
export const eventTypes = {
  'session.started': 'The person has sent the first evidence.',
  'session.retake_requested': 'An input was not usable and is asked for again.',
  'session.in_review': 'A person of yours must rule.',
  'session.resubmission_requested': 'Steps are to be repeated.',
  'session.approved': 'Final: approved.',
  'session.declined': 'Final: declined.',
  'session.expired': 'Nothing came in time.',
  'session.abandoned': 'The person began and did not finish in time.',
} as const;
export type EventType = keyof typeof eventTypes;

/** Sent on request only, to one endpoint, whatever its filter. */
export const TEST_EVENT = 'webhook.test' as const;

/** A type, a family (`session.*`), or everything (`*`). */
export function isFilter(text: string): boolean {
  if (text === '*' || Object.hasOwn(eventTypes, text)) return true;
  return text.endsWith('.*') && Object.keys(eventTypes).some((type) => matches(text, type));
}

export function isWanted(filters: readonly string[], type: string): boolean {
  return filters.some((filter) => matches(filter, type));
}

function matches(filter: string, type: string): boolean {
  if (filter === '*' || filter === type) return true;
  return filter.endsWith('.*') && type.startsWith(filter.slice(0, -1));
}
