import { expect, it } from 'vitest';
import { dataMatch } from '../checks/data-match/check.ts';
import { document } from '../checks/document/check.ts';
import { captureHints } from '../documents/index.ts';
import type { SideReading } from './document-data.ts';
import { documentTasks } from './document-tasks.task.ts';
import type { SessionTaskInput } from './session-task.ts';

/** What the task makes of a side that was read like this. */
function readFront(reading: SideReading, hints: readonly string[]) {
  const task = documentTasks.find(({ name }) => name === 'read-front');
  const capture = { contentType: 'image/jpeg', read: async () => new Uint8Array() };
  const input = { captures: { document_front: capture }, today: '2026-01-01' };
  const vision = { run: async () => ({ reading, hints, models: [] }) };
  return task?.run(vision as never, input as unknown as SessionTaskInput);
}

const data = { source: 'mrz', document_number: 'X1' } as const;

it('asks for another picture, saying why, where the capture is spoilt and nothing was read', async () => {
  const output = await readFront({ codes: [] }, ['cut_off', 'blurred', 'two_documents']);
  expect(output).toMatchObject({
    outcome: 'rejected',
    codes: ['CAPTURE_CUT_OFF', 'CAPTURE_BLURRED'],
  });
});

it('takes what was read in spite of the capture, and a side that holds nothing for machines', async () => {
  expect(await readFront({ codes: [], data }, ['glare'])).toMatchObject({ outcome: 'done' });
  expect(await readFront({ codes: [] }, [])).toMatchObject({ outcome: 'done' });
});

it('gives reasons that both checks know', () => {
  for (const hint of Object.keys(captureHints).filter((name) => name !== 'two_documents')) {
    const code = `CAPTURE_${hint.toUpperCase()}`;
    expect(document.reasons[code]).toBeDefined();
    expect(dataMatch.reasons[code]).toBeDefined();
  }
});
