import type { WireServer } from './wire-server.ts';

const checkpointEveryMs = 60_000;
const vacuumEveryMs = 10 * 60_000;
/** Statements that make cleaning up worth its time. */
const vacuumAfter = 2_000;

/**
 * PGlite is a single-user PostgreSQL: nobody writes its checkpoints or vacuums its tables. Without the first, the
 * log would grow and recovery after a crash take ever longer; without the second, updated tables would grow.
 */
export function startUpkeep(server: WireServer): { stop(): void } {
  let checkpointed = server.executed;
  let vacuumed = server.executed;
  const checkpoint = async () => {
    if (server.executed === checkpointed) return;
    await server.runBetween('checkpoint');
    checkpointed = server.executed;
  };
  const vacuum = async () => {
    if (server.executed - vacuumed < vacuumAfter) return;
    await server.runBetween('vacuum (analyze)');
    vacuumed = server.executed;
  };
  const timers = [
    setInterval(() => void checkpoint(), checkpointEveryMs),
    setInterval(() => void vacuum(), vacuumEveryMs),
  ];
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
