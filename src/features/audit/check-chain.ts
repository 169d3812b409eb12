import { genesisHash, hashEntry, isSame, type SignedEntry, signHash } from './audit-entry.ts';

export interface AuditHead {
  readonly seq: number;
  readonly hash: Uint8Array;
}

export interface SignedHead extends AuditHead {
  readonly signature: Uint8Array;
}

/**
 * `altered`: the row is not what was written. `missing`: rows are gone, `seq` is the first.
 * `truncated`: the rows after the last one are gone, `seq` is the first. `head_altered`: the head is not genuine.
 * `rewound`: the trail no longer contains a head that was seen before.
 */
export interface AuditFault {
  readonly kind: 'altered' | 'missing' | 'truncated' | 'head_altered' | 'rewound';
  readonly seq: number;
}

/** Walks one tenant's trail row by row, in order. Pure: rows in, faults out, memory constant. */
export function createChainCheck(key: Uint8Array, seenBefore?: AuditHead) {
  const faults: AuditFault[] = [];
  let last: AuditHead = { seq: 0, hash: genesisHash };

  return {
    faults,
    get last(): AuditHead {
      return last;
    },

    next(entry: SignedEntry): void {
      const isNext = entry.seq === last.seq + 1;
      if (!isNext) faults.push({ kind: 'missing', seq: last.seq + 1 });
      const hash = hashEntry(entry);
      const isGenuine =
        isSame(hash, entry.hash) &&
        isSame(signHash(key, entry.tenant, entry.seq, hash), entry.signature) &&
        (!isNext || isSame(entry.previousHash, last.hash));
      if (!isGenuine) faults.push({ kind: 'altered', seq: entry.seq });
      if (seenBefore?.seq === entry.seq && !isSame(seenBefore.hash, entry.hash)) {
        faults.push({ kind: 'rewound', seq: entry.seq });
      }
      // The stored hash: one altered row is one fault, not one for each row after it.
      last = { seq: entry.seq, hash: entry.hash };
    },

    /** After the last row. `head` is what the database says the last row is. */
    finish(tenant: string, head: SignedHead | undefined): AuditFault[] {
      if (!head || !isSame(signHash(key, tenant, head.seq, head.hash), head.signature)) {
        faults.push({ kind: 'head_altered', seq: head?.seq ?? 0 });
      } else if (head.seq > last.seq) {
        faults.push({ kind: 'truncated', seq: last.seq + 1 });
      } else if (head.seq < last.seq || !isSame(head.hash, last.hash)) {
        faults.push({ kind: 'head_altered', seq: head.seq });
      }
      if (seenBefore && seenBefore.seq > last.seq) {
        faults.push({ kind: 'rewound', seq: last.seq + 1 });
      }
      return faults;
    },
  };
}
