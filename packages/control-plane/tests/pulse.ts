/** How long something takes, asked again and again. */
export interface Pulse {
  readonly count: number;
  readonly failed: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Questions that are asked until they are stopped. */
export interface Asking {
  /** What the questions since the last call took. */
  take(): Pulse;
  /** Asks no more. Resolves when the last questions are answered. */
  stop(): Promise<void>;
}

/** Asks in so many loops, with a pause between two questions of one. A rejection counts as failed. */
export function startAsking(ask: () => Promise<boolean>, { loops = 1, pauseMs = 10 } = {}): Asking {
  let took: number[] = [];
  let failed = 0;
  let isOver = false;
  const loop = async () => {
    while (!isOver) {
      const began = performance.now();
      if (!(await ask().catch(() => false))) failed++;
      took.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const running = Array.from({ length: loops }, loop);
  return {
    take() {
      const sorted = took.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
      const pulse = { count: took.length, failed, medianMs: at(0.5), p99Ms: at(0.99) };
      [took, failed] = [[], 0];
      return pulse;
    },
    async stop() {
      isOver = true;
      await Promise.all(running);
    },
  };
}

/** Asks until `until` is settled. */
export async function pulseOf(
  ask: () => Promise<boolean>,
  until: Promise<unknown>,
  options?: { loops?: number; pauseMs?: number },
): Promise<Pulse> {
  const asking = startAsking(ask, options);
  await until;
  await asking.stop();
  return asking.take();
}
