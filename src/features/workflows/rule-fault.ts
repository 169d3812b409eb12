import type { Field } from './fields.ts';
import { isUsablePattern } from './rules.ts';
import type { Operator, Rule } from './workflow.ts';

/** Why this comparison can never mean anything; undefined when it can. */
export function ruleFault(rule: Rule, field: Field): string | undefined {
  return tests[rule.operator](rule, field);
}

type Test = (rule: Rule, field: Field) => string | undefined;

const takesNothing: Test = ({ operator, value }) =>
  value === undefined ? undefined : `\`${operator}\` takes no value`;

const takesNumber: Test = (rule, { kind }) => {
  if (kind !== 'number') return wrongKind(rule, kind);
  return typeof rule.value === 'number' ? undefined : `\`${rule.operator}\` needs a number`;
};

const takesText: Test = (rule, { kind }) => {
  if (kind !== 'string') return wrongKind(rule, kind);
  return typeof rule.value === 'string' ? undefined : `\`${rule.operator}\` needs a text`;
};

const takesPart: Test = (rule, { kind }) => {
  if (kind !== 'string' && kind !== 'list') return wrongKind(rule, kind);
  return typeof rule.value === 'string' ? undefined : `\`${rule.operator}\` needs a text`;
};

const takesScalar: Test = ({ operator, value }, field) => {
  if (value === undefined || Array.isArray(value)) return `\`${operator}\` needs a single value`;
  return scalarFault([value], field);
};

const takesList: Test = ({ operator, value }, field) =>
  Array.isArray(value) ? scalarFault(value, field) : `\`${operator}\` needs a list`;

const takesPattern: Test = (rule, field) =>
  takesText(rule, field) ??
  (isUsablePattern(String(rule.value)) ? undefined : 'The pattern is not one of RE2');

const tests: Readonly<Record<Operator, Test>> = {
  equals: takesScalar,
  not_equals: takesScalar,
  greater_than: takesNumber,
  greater_than_or_equals: takesNumber,
  less_than: takesNumber,
  less_than_or_equals: takesNumber,
  in: takesList,
  not_in: takesList,
  contains: takesPart,
  not_contains: takesPart,
  is_empty: takesNothing,
  is_not_empty: takesNothing,
  regex: takesPattern,
  fuzzy_match: takesText,
};

function scalarFault(
  values: readonly (string | number | boolean)[],
  field: Field,
): string | undefined {
  if (field.kind === 'list') return 'A list is compared with `contains`';
  if (values.some((value) => typeof value !== field.kind)) return `The field holds a ${field.kind}`;
  const isUnknown = values.some((value) => field.values && !field.values.includes(String(value)));
  return isUnknown ? `Possible values: ${field.values?.join(', ')}` : undefined;
}

function wrongKind({ operator }: Rule, kind: string): string {
  return `\`${operator}\` does not fit a ${kind}`;
}
