export interface GateFigures {
  readonly running: number;
  readonly waiting: number;
  readonly limit: number;
}

export type Gate = ReturnType<typeof createGate>;

/** Lets so many run at a time, in the order in which they came. */
export function createGate(limit: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run<T>(work: () => Promise<T>): Promise<T> {
      // Whoever leaves hands its place to the first who waits, so that nobody slips in between.
      if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
    figures: (): GateFigures => ({ running, waiting: waiting.length, limit }),
  };
}
