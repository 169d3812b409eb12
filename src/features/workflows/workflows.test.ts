import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCheck, findCheck, type Verdict } from '../checks/index.ts';
import type { FieldValue, KnownFacts } from './fields.ts';
import { textSimilarity } from './fuzzy.ts';
import { ruleHolds } from './rules.ts';
import { shippedWorkflows } from './shipped.ts';
import { validateWorkflow } from './validate.ts';
import { walk } from './walk.ts';
import { type Operator, Rule, WorkflowGraph } from './workflow.ts';

const documentFacts = defineCheck({
  id: 'document_facts',
  title: 'A check with facts',
  question: null,
  streams: ['document_front'],
  tasks: [],
  config: z.strictObject({ strict: z.boolean().default(false) }),
  reasons: {},
  facts: { country: 'string', age: 'number', adult: 'boolean' },
  evaluate: () => ({ status: 'passed', score: null, reasons: [], facts: {} }),
});
const find = (id: string) => (id === 'document_facts' ? documentFacts : findCheck(id));

const decision = (outcome = 'determine') => ({ type: 'decision', outcome });
const check = (id: string, next: string, config = {}) => ({
  type: 'check',
  check: id,
  config,
  next,
});

function faults(graph: unknown) {
  return validateWorkflow(graph, find).issues.map(({ code, pointer }) => `${code} ${pointer}`);
}

/** A graph that starts with the check `facts` and branches on one rule. */
function branching(rule: object) {
  return {
    start: 'facts',
    nodes: {
      facts: check('document_facts', 'fork'),
      fork: {
        type: 'branch',
        branches: [{ rules: [rule], next: 'yes' }],
        else: 'no',
      },
      yes: decision('approved'),
      no: decision('in_review'),
    },
  };
}

describe('validation of a workflow', () => {
  it.each(shippedWorkflows)('accepts the shipped $name', ({ graph }) => {
    expect(faults(graph)).toEqual([]);
  });

  it('names a target that does not exist, at the start and at every exit', () => {
    const graph = {
      start: 'nowhere',
      nodes: {
        a: check('liveness', 'lost'),
        b: {
          type: 'branch',
          branches: [{ rules: [{ field: 'session.locale', operator: 'is_empty' }], next: 'gone' }],
          else: 'away',
        },
      },
    };
    expect(faults(graph)).toEqual([
      'missing_target /start',
      'missing_target /nodes/a/next',
      'missing_target /nodes/b/branches/0/next',
      'missing_target /nodes/b/else',
    ]);
  });

  it('refuses a branch without an else and a branch without rules', () => {
    const graph = {
      start: 'b',
      nodes: { b: { type: 'branch', branches: [{ rules: [], next: 'b' }] }, end: decision() },
    };
    expect(faults(graph)).toEqual([
      'malformed /nodes/b/branches/0/rules',
      'malformed /nodes/b/else',
    ]);
  });

  it('finds a node that no path leads to', () => {
    const graph = {
      start: 'a',
      nodes: { a: check('liveness', 'end'), orphan: check('liveness', 'end'), end: decision() },
    };
    expect(faults(graph)).toEqual(['unreachable_node /nodes/orphan']);
  });

  it('finds a cycle, also of one node', () => {
    const cycle = {
      start: 'a',
      nodes: { a: check('liveness', 'b'), b: check('document', 'a'), end: decision() },
    };
    expect(faults(cycle)).toEqual(['cycle /nodes']);
    expect(faults({ start: 'a', nodes: { a: check('liveness', 'a') } })).toEqual(['cycle /nodes']);
  });

  it('finds unknown checks and configurations that the check refuses', () => {
    const graph = {
      start: 'a',
      nodes: {
        a: check('mind_reading', 'b'),
        b: check('face_match', 'end', { review_below: 101, colour: 'red' }),
        end: decision(),
      },
    };
    expect(faults(graph)).toEqual([
      'unknown_check /nodes/a/check',
      'check_config_invalid /nodes/b/config/review_below',
      'check_config_invalid /nodes/b/config',
    ]);
  });

  it('finds evidence that the capture page would never ask for', () => {
    const graph = {
      start: 'a',
      capture: ['face'],
      nodes: { a: check('face_match', 'end'), end: decision() },
    };
    expect(faults(graph)).toEqual(['impossible_evidence /nodes/a/check']);
  });

  it('finds fields that nothing declares', () => {
    for (const field of [
      'checks.facts.colour',
      'checks.facts.facts.colour',
      'checks.nobody.status',
      'webhooks.facts.status',
      'session.name',
      'nonsense',
    ]) {
      expect(faults(branching({ field, operator: 'is_empty' })), field).toEqual([
        'unknown_field /nodes/fork/branches/0/rules/0/field',
      ]);
    }
  });

  it('finds a rule on a check that some path leaves out', () => {
    const graph = {
      start: 'fork',
      nodes: {
        fork: {
          type: 'branch',
          branches: [
            {
              rules: [{ field: 'session.environment', operator: 'equals', value: 'live' }],
              next: 'facts',
            },
          ],
          else: 'second',
        },
        facts: check('document_facts', 'second'),
        second: {
          type: 'branch',
          branches: [
            {
              rules: [{ field: 'checks.facts.status', operator: 'equals', value: 'passed' }],
              next: 'end',
            },
          ],
          else: 'end',
        },
        end: decision(),
      },
    };
    expect(faults(graph)).toEqual(['field_never_set /nodes/second/branches/0/rules/0/field']);
  });

  it.each([
    ['checks.facts.status', 'equals', 'perfect'],
    ['checks.facts.status', 'in', ['passed', 'perfect']],
    ['checks.facts.facts.age', 'equals', '18'],
    ['checks.facts.facts.age', 'greater_than', '18'],
    ['checks.facts.facts.country', 'less_than', 3],
    ['checks.facts.facts.country', 'regex', '('],
    ['checks.facts.facts.country', 'regex', '(?=look)ahead'],
    ['checks.facts.facts.age', 'fuzzy_match', 'eighteen'],
    ['checks.facts.facts.adult', 'contains', 'tru'],
    ['checks.facts.reasons', 'equals', 'X'],
    ['checks.facts.facts.country', 'in', 'DE'],
    ['checks.facts.facts.country', 'is_empty', 'DE'],
    ['checks.facts.facts.country', 'equals', undefined],
  ])('refuses %s %s %s, which can never hold', (field, operator, value) => {
    expect(faults(branching({ field, operator, value }))).toEqual([
      'value_mismatch /nodes/fork/branches/0/rules/0/value',
    ]);
  });

  it('refuses to approve without any check on every path', () => {
    expect(faults({ start: 'end', nodes: { end: decision('approved') } })).toEqual([
      'approval_without_check /nodes/end/outcome',
    ]);
  });
});

describe('rules', () => {
  const holds = (operator: Operator, actual: FieldValue, value?: unknown, score?: number) =>
    ruleHolds(Rule.parse({ field: 'x', operator, value, score }), actual);

  it('compare as their names say', () => {
    expect(holds('equals', 'a', 'a')).toBe(true);
    expect(holds('equals', 1, '1')).toBe(false);
    expect(holds('not_equals', 'a', 'b')).toBe(true);
    expect(holds('greater_than', 80, 80)).toBe(false);
    expect(holds('greater_than_or_equals', 80, 80)).toBe(true);
    expect(holds('less_than', 79.9, 80)).toBe(true);
    expect(holds('less_than_or_equals', 80.1, 80)).toBe(false);
    expect(holds('in', 'DE', ['DE', 'FR'])).toBe(true);
    expect(holds('not_in', 'IT', ['DE', 'FR'])).toBe(true);
    expect(holds('contains', ['A', 'B'], 'B')).toBe(true);
    expect(holds('not_contains', 'abc', 'd')).toBe(true);
    expect(holds('regex', 'AB123', '^[A-Z]{2}\\d+$')).toBe(true);
    expect(holds('fuzzy_match', 'José  García', 'jose garcia', 100)).toBe(true);
    expect(holds('is_empty', [])).toBe(true);
    expect(holds('is_not_empty', 0)).toBe(true);
  });

  it('hold for an absent value only with is_empty', () => {
    for (const operator of [
      'equals',
      'not_equals',
      'greater_than',
      'less_than',
      'in',
      'not_in',
      'contains',
      'not_contains',
      'regex',
      'fuzzy_match',
      'is_not_empty',
    ] as const) {
      expect(holds(operator, undefined, operator.endsWith('in') ? ['a'] : 'a'), operator).toBe(
        false,
      );
      expect(holds(operator, null, operator.endsWith('in') ? ['a'] : 'a'), operator).toBe(false);
    }
    expect(holds('is_empty', null)).toBe(true);
  });

  it('run a pattern that stalls the native engine in linear time', () => {
    expect(holds('regex', `${'a'.repeat(900)}!`, '^(a+)+$')).toBe(false);
  });
});

describe('text similarity', () => {
  it('is 100 for equal texts, symmetric, and between 0 and 100', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
        const score = textSimilarity(a, b);
        expect(textSimilarity(a, a)).toBe(100);
        expect(textSimilarity(b, a)).toBeCloseTo(score, 9);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('counts a swap of neighbours as one fault', () => {
    expect(textSimilarity('martha', 'marhta')).toBeCloseTo(100 * (1 - 1 / 6), 9);
    expect(textSimilarity('abc', '')).toBe(0);
  });
});

describe('walking a graph', () => {
  const verdict = (status: Verdict['status'], facts = {}): Verdict => ({
    status,
    score: null,
    reasons: [],
    facts,
  });
  const known = (verdicts: Record<string, Verdict>, answers = {}): KnownFacts => ({
    session: { environment: 'live', locale: 'en' },
    verdict: (node) => verdicts[node],
    answer: (node) => (answers as Record<string, never>)[node],
  });
  const forked = WorkflowGraph.parse({
    start: 'facts',
    nodes: {
      facts: check('document_facts', 'fork'),
      fork: {
        type: 'branch',
        branches: [
          {
            rules: [{ field: 'checks.facts.facts.age', operator: 'less_than', value: 18 }],
            next: 'minor',
          },
        ],
        else: 'face',
      },
      face: check('face_match', 'ask'),
      ask: {
        type: 'webhook',
        url: 'https://risk.example/score',
        answers: { risk: 'number' },
        next: 'end',
      },
      minor: decision('declined'),
      end: decision(),
    },
  });

  it('lets everything that is certain start, and waits at the branch', () => {
    expect(walk(forked, known({}))).toEqual({
      path: ['facts', 'fork'],
      checks: ['facts'],
      position: { at: 'waiting' },
    });
  });

  it('takes the first branch that holds, else the else', () => {
    expect(walk(forked, known({ facts: verdict('passed', { age: 17 }) })).position).toEqual({
      at: 'decision',
      node: 'minor',
      outcome: 'declined',
    });
    const adult = walk(forked, known({ facts: verdict('passed', { age: 18 }) }));
    expect(adult).toMatchObject({ checks: ['facts', 'face'], position: { at: 'waiting' } });
  });

  it('asks a webhook when all checks before it are done, and decides after its answer', () => {
    const verdicts = { facts: verdict('passed'), face: verdict('passed') };
    expect(walk(forked, known(verdicts)).position).toEqual({ at: 'webhook', node: 'ask' });
    const answered = known(verdicts, { ask: { status: 'failed', answers: {} } });
    expect(walk(forked, answered).position).toMatchObject({ at: 'decision', node: 'end' });
  });
});
