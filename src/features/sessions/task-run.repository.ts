import { sql } from 'kysely';
import type { SubjectId, TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';
import type { TaskResult } from '../checks/index.ts';

export interface TaskRun {
  /** This one included. */
  readonly attempts: number;
  readonly result: TaskResult | null;
}

export function createTaskRunRepository(tx: Tx) {
  return {
    /** Counts an attempt, unless there is a result already. */
    async begin(
      tenant: TenantId,
      run: { readonly key: string; readonly subject: SubjectId; readonly task: string },
    ): Promise<TaskRun> {
      const row = await tx
        .insertInto('task_run')
        .values({
          tenant_id: tenant,
          key: run.key,
          subject_id: run.subject,
          task: run.task,
          attempts: 1,
        })
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'key']).doUpdateSet({
            attempts: sql`case when task_run.result is null then task_run.attempts + 1 else task_run.attempts end`,
            updated_at: sql`now()`,
          }),
        )
        .returning(['attempts', 'result'])
        .executeTakeFirstOrThrow();
      return {
        attempts: row.attempts,
        // Written by `finish` and nobody else.
        result: row.result as unknown as TaskResult | null,
      };
    },

    /** The attempt did not look at the input: a store or a model was missing. */
    async uncount(tenant: TenantId, key: string): Promise<void> {
      await tx
        .updateTable('task_run')
        .set({ attempts: sql`greatest(attempts - 1, 0)` })
        .where('tenant_id', '=', tenant)
        .where('key', '=', key)
        .execute();
    },

    async finish(tenant: TenantId, key: string, result: TaskResult): Promise<void> {
      await tx
        .updateTable('task_run')
        .set({ result: { ...result }, updated_at: sql`now()` })
        .where('tenant_id', '=', tenant)
        .where('key', '=', key)
        .execute();
    },

    async forget(tenant: TenantId, subject: SubjectId): Promise<void> {
      await tx
        .deleteFrom('task_run')
        .where('tenant_id', '=', tenant)
        .where('subject_id', '=', subject)
        .execute();
    },
  };
}
