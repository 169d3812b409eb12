import { describe, expect, it } from 'vitest';
import { drawPdf, utopianBill } from '../../../test/support/draw-pdf.ts';
import { openTaskPorts } from '../../../test/support/task-ports.ts';
import type { TaskRunner } from '../../core/task.ts';
import { findCheck, type TaskResult } from '../checks/index.ts';
import type { ExpectedData } from './personal-data.ts';
import { proofTasks } from './proof-tasks.task.ts';
import type { SessionTaskInput, SessionTaskOutput } from './session-task.ts';

const ports = openTaskPorts([]);
const here: TaskRunner = { run: (task, input) => task.run(ports, input) };

/** The two tasks one after the other, and the check's verdict, as a session would have them. */
async function check(expected: ExpectedData | undefined, today = '2026-11-20', config = {}) {
  const bytes = drawPdf([{ texts: utopianBill }]);
  const made = new Map<string, SessionTaskOutput>();
  const input: SessionTaskInput = {
    captures: {
      proof_of_address: { contentType: 'application/pdf', read: async () => bytes },
    },
    artifact: async (task, kind) =>
      made.get(task)?.artifacts.find((artifact) => artifact.kind === kind)?.bytes,
    expected: async () => expected,
    challenge: undefined,
    today,
    keeps: () => true,
  };
  for (const task of proofTasks) made.set(task.name, await task.run(here, input));
  const results = Object.fromEntries(
    [...made].map(([name, output]): [string, TaskResult] => [name, { ...output, artifacts: {} }]),
  );
  return findCheck('proof_of_address')?.evaluate({ config, environment: 'live', results });
}

const legrand = {
  first_name: 'Anna',
  last_name: 'Légrand',
  address: '24 Lake Street, 10437 Zenith',
};

describe('a proof of address in a session', () => {
  it('passes, and its facts hold nothing personal', async () => {
    const verdict = await check(legrand);
    expect(verdict).toEqual({
      status: 'passed',
      score: 100,
      reasons: [],
      facts: { age_days: 39, text_source: 'text_layer', pages: 1 },
    });
    expect(JSON.stringify(verdict)).not.toMatch(/legrand|lake/i);
  });

  it('that is old, somebody else’s or from the future is for a human', async () => {
    expect((await check(legrand, '2027-02-01'))?.reasons).toEqual(['POA_DOCUMENT_EXPIRED']);
    expect((await check(legrand, '2026-10-01'))?.status).toBe('review');
    const other = { ...legrand, first_name: 'Berta', address: '7 Hill Road, 20000 Nadir' };
    expect((await check(other))?.reasons).toEqual([
      'NAME_MISMATCH_WITH_PROVIDED',
      'ADDRESS_MISMATCH_WITH_PROVIDED',
    ]);
    expect((await check(undefined))?.reasons).toEqual(['NOTHING_EXPECTED']);
  });
});
