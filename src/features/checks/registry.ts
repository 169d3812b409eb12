import { type Check, commonReasons, type Reason } from './check.ts';
import { dataMatch } from './data-match/check.ts';
import { document } from './document/check.ts';
import { faceMatch } from './face-match/check.ts';
import { liveness } from './liveness/check.ts';
import { plannedCheck } from './planned.ts';
import { proofOfAddress } from './proof-of-address/check.ts';

/** Every check there is: one line each. A `planned` line becomes a definition when the check is built. */
export const checks: readonly Check[] = [
  faceMatch,
  liveness,
  document,
  dataMatch,
  proofOfAddress,
  plannedCheck('authenticity', 'Document genuine', 'document_genuine', [
    'document_front',
    'document_back',
  ]),
];

const byId = new Map(checks.map((check) => [check.id, check]));

export function findCheck(id: string): Check | undefined {
  return byId.get(id);
}

/** The check of a pinned workflow version, even if this version of the product does not know it any more. */
export function checkOrUnavailable(id: string): Check {
  return byId.get(id) ?? plannedCheck(id, id, null, []);
}

export function describeReason(check: Check, code: string): Reason {
  const common: Readonly<Record<string, Reason>> = commonReasons;
  return check.reasons[code] ?? common[code] ?? { severity: 'warning', title: code };
}
