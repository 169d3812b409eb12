import { RE2JS } from 're2js';
import type { FieldValue } from './fields.ts';
import { textSimilarity } from './fuzzy.ts';
import type { Branch, Operator, Rule } from './workflow.ts';

const defaultFuzzyScore = 80;
/** Patterns run on RE2's linear-time engine, never on the native one: no pattern can stall the process. */
const maxSubject = 1_000;

/** An absent value satisfies `is_empty` and nothing else, so that what nobody knows opens no door. */
export function ruleHolds(rule: Rule, actual: FieldValue): boolean {
  const isEmpty =
    actual === undefined ||
    actual === null ||
    actual === '' ||
    (Array.isArray(actual) && actual.length === 0);
  if (rule.operator === 'is_empty') return isEmpty;
  if (rule.operator === 'is_not_empty') return !isEmpty;
  if (actual === undefined || actual === null) return false;
  return comparisons[rule.operator](actual, rule);
}

export function branchHolds(branch: Branch, read: (field: string) => FieldValue): boolean {
  const holds = (rule: Rule) => ruleHolds(rule, read(rule.field));
  return branch.logic === 'and' ? branch.rules.every(holds) : branch.rules.some(holds);
}

export function isUsablePattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

type Present = Exclude<FieldValue, null | undefined>;
type Comparison = (actual: Present, rule: Rule) => boolean;

const comparisons: Record<Exclude<Operator, 'is_empty' | 'is_not_empty'>, Comparison> = {
  equals: (actual, { value }) => actual === value,
  not_equals: (actual, { value }) => actual !== value,
  greater_than: (actual, { value }) => bothNumbers(actual, value, (a, b) => a > b),
  greater_than_or_equals: (actual, { value }) => bothNumbers(actual, value, (a, b) => a >= b),
  less_than: (actual, { value }) => bothNumbers(actual, value, (a, b) => a < b),
  less_than_or_equals: (actual, { value }) => bothNumbers(actual, value, (a, b) => a <= b),
  in: (actual, { value }) => includes(value, actual),
  not_in: (actual, { value }) => !includes(value, actual),
  contains: (actual, { value }) => contains(actual, value),
  not_contains: (actual, { value }) => !contains(actual, value),
  regex: (actual, { value }) =>
    typeof actual === 'string' &&
    typeof value === 'string' &&
    isUsablePattern(value) &&
    RE2JS.compile(value).matcher(actual.slice(0, maxSubject)).find(),
  fuzzy_match: (actual, { value, score = defaultFuzzyScore }) =>
    typeof actual === 'string' &&
    typeof value === 'string' &&
    textSimilarity(actual, value) >= score,
};

function bothNumbers(
  actual: Present,
  value: Rule['value'],
  compare: (a: number, b: number) => boolean,
): boolean {
  return typeof actual === 'number' && typeof value === 'number' && compare(actual, value);
}

function includes(list: Rule['value'], item: Present): boolean {
  return Array.isArray(list) && list.some((entry) => entry === item);
}

function contains(actual: Present, value: Rule['value']): boolean {
  if (typeof value !== 'string') return false;
  return typeof actual === 'string' || Array.isArray(actual) ? actual.includes(value) : false;
}
