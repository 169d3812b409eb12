import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  genesisHash,
  hashEntry,
  refuseFreeText,
  type SignedEntry,
  signHash,
} from './audit-entry.ts';
import { type AuditHead, createChainCheck, type SignedHead } from './check-chain.ts';

const key = Buffer.alloc(32, 1);
const tenant = 'ten_1';

/** What somebody without the key can do: change fields and make hash and chain fit. */
function seal(entry: AuditEntry, signingKey: Uint8Array): SignedEntry {
  const hash = hashEntry(entry);
  return { ...entry, hash, signature: signHash(signingKey, entry.tenant, entry.seq, hash) };
}

function makeTrail(length: number): SignedEntry[] {
  const trail: SignedEntry[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const previousHash = trail.at(-1)?.hash ?? genesisHash;
    const at = new Date(1_790_000_000_000 + seq);
    const event = {
      actor: 'key_1',
      action: 'session.ruled',
      target: `ses_${seq}`,
      details: { n: seq },
    };
    trail.push(seal({ tenant, seq, id: `aud_${seq}`, at, ...event, previousHash }, key));
  }
  return trail;
}

function headOf(trail: readonly SignedEntry[]): SignedHead {
  const last = trail.at(-1);
  if (!last) throw new Error('empty');
  return { seq: last.seq, hash: last.hash, signature: last.signature };
}

function check(
  trail: readonly SignedEntry[],
  head: SignedHead | undefined,
  seenBefore?: AuditHead,
) {
  const chain = createChainCheck(key, seenBefore);
  for (const entry of trail) chain.next(entry);
  return chain.finish(tenant, head);
}

const length = 12;
const position = fc.integer({ min: 1, max: length });

describe('audit trail', () => {
  it('is whole when nobody touched it', () => {
    const trail = makeTrail(length);
    expect(check(trail, headOf(trail), headOf(trail.slice(0, 5)))).toEqual([]);
  });

  it('shows the altered row, whichever field was changed', () => {
    const changes: Partial<AuditEntry>[] = [
      { actor: 'key_2' },
      { action: 'session.erased' },
      { target: 'ses_other' },
      { at: new Date(0) },
      { id: 'aud_other' },
      { details: { n: 999 } },
      { details: {} },
      { previousHash: Buffer.alloc(32, 7) },
    ];
    fc.assert(
      fc.property(
        position,
        fc.constantFrom(...changes),
        fc.boolean(),
        (seq, change, isResealed) => {
          const trail = makeTrail(length);
          const genuine = trail[seq - 1] as SignedEntry;
          const forged = { ...genuine, ...change };
          trail[seq - 1] = isResealed ? seal(forged, Buffer.alloc(32, 2)) : forged;
          const faults = check(trail, headOf(makeTrail(length)));
          expect(faults[0]).toEqual({ kind: 'altered', seq });
          // A recomputed hash breaks the link of the next row, or the head, too; nothing else.
          expect(faults.length).toBeLessThanOrEqual(isResealed ? 2 : 1);
        },
      ),
    );
  });

  it('shows the first missing row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: length - 1 }), (seq) => {
        const trail = makeTrail(length);
        const head = headOf(trail);
        trail.splice(seq - 1, 1);
        expect(check(trail, head)).toEqual([{ kind: 'missing', seq }]);
      }),
    );
  });

  it('shows where it was cut off', () => {
    const trail = makeTrail(length);
    for (const kept of [0, 1, length - 1]) {
      expect(check(trail.slice(0, kept), headOf(trail))).toEqual([
        { kind: 'truncated', seq: kept + 1 },
      ]);
    }
  });

  it('shows swapped rows and rows of another tenant', () => {
    const trail = makeTrail(4) as [SignedEntry, SignedEntry, SignedEntry, SignedEntry];
    const swapped = [trail[0], { ...trail[2], seq: 2 }, { ...trail[1], seq: 3 }, trail[3]];
    expect(check(swapped, headOf(trail))[0]).toEqual({ kind: 'altered', seq: 2 });
    const moved = { ...seal({ ...trail[1], tenant: 'ten_2' }, key), tenant };
    const foreign = [trail[0], moved, trail[2], trail[3]];
    expect(check(foreign, headOf(trail))[0]).toEqual({ kind: 'altered', seq: 2 });
  });

  it('shows a forged, a moved back and a removed head', () => {
    const trail = makeTrail(length);
    const head = headOf(trail);
    const forged = {
      ...head,
      signature: signHash(Buffer.alloc(32, 2), tenant, head.seq, head.hash),
    };
    for (const wrong of [forged, headOf(trail.slice(0, 5)), undefined]) {
      expect(check(trail, wrong).map(({ kind }) => kind)).toEqual(['head_altered']);
    }
  });

  it('shows that it was rewound as a whole, by a head that was seen before', () => {
    const trail = makeTrail(length);
    const older = trail.slice(0, 7);
    expect(check(older, headOf(older))).toEqual([]);
    expect(check(older, headOf(older), headOf(trail))).toEqual([{ kind: 'rewound', seq: 8 }]);
    const rewritten = makeTrail(length);
    const other = seal({ ...(rewritten[4] as SignedEntry), target: 'ses_x' }, key);
    const seen = { seq: 5, hash: other.hash };
    expect(check(trail, headOf(trail), seen)).toEqual([{ kind: 'rewound', seq: 5 }]);
  });

  it('takes ids and codes, and no text in which a person could be named', () => {
    const event = { actor: 'operator', action: 'api_key.created', target: 'key_01' };
    refuseFreeText({
      ...event,
      details: { at: '2026-01-01T00:00:00.000Z', count: 3, reason: 'DOC_EXPIRED', none: null },
    });
    for (const text of ['Jane Sample', 'jane@example.org', 'Müller', '<b>', 'a'.repeat(201)]) {
      expect(() => refuseFreeText({ ...event, details: { note: text } })).toThrow(/"note"/);
      expect(() => refuseFreeText({ ...event, target: text })).toThrow(TypeError);
      expect(() => refuseFreeText({ ...event, details: { note: text } })).not.toThrow(text);
    }
  });
});
