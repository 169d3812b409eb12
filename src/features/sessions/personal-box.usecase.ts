import { AppError } from '../../core/errors.ts';
import type { SubjectId, TenantId } from '../../core/ids.ts';
import { blindIndex, type Keys, subjectBox } from '../../platform/keys/keys.ts';
import { PersonalData } from './personal-data.ts';
import type { SessionRow } from './session.repository.ts';

/** Seals what belongs to the person under the person's key, and finds it again by exact reference. */
export type PersonalBox = ReturnType<typeof createPersonalBox>;

export function createPersonalBox(keys: Pick<Keys, 'subjects' | 'tenantKey'>) {
  return {
    /** Makes the person's key on first use. @throws AppError subject_erased */
    async seal(subject: SubjectId, session: string, data: PersonalData): Promise<Uint8Array> {
      const box = subjectBox(await keys.subjects.make(subject));
      return box.seal(Buffer.from(JSON.stringify(data)), contextOf(session));
    },

    /** Undefined when the person was erased. */
    async open(row: Pick<SessionRow, 'id' | 'subject' | 'personalSealed'>) {
      if (!row.personalSealed) return undefined;
      try {
        const box = subjectBox(await keys.subjects.find(row.subject));
        const text = Buffer.from(box.open(row.personalSealed, contextOf(row.id))).toString('utf8');
        return PersonalData.parse(JSON.parse(text));
      } catch (error) {
        if (error instanceof AppError && error.code === 'subject_erased') return undefined;
        throw error;
      }
    },

    async sealText(subject: SubjectId, context: string, text: string): Promise<Uint8Array> {
      const box = subjectBox(await keys.subjects.find(subject));
      return box.seal(Buffer.from(text), context);
    },

    async openText(subject: SubjectId, context: string, sealed: Uint8Array): Promise<string> {
      const box = subjectBox(await keys.subjects.find(subject));
      return Buffer.from(box.open(sealed, context)).toString('utf8');
    },

    referenceIndex(tenant: TenantId, reference: string): string {
      return blindIndex(keys.tenantKey(tenant, 'blind-index:session.reference'), reference);
    },

    /** Destroys the person's key: whatever is sealed under it is noise from then on. */
    erase: (subject: SubjectId) => keys.subjects.destroy(subject),
  };
}

function contextOf(session: string): string {
  return `session-personal:${session}`;
}
