/** How long something takes, asked again and again. */
export interface Pulse {
  readonly count: number;
  readonly failed: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Asks in so many loops, with a pause between two questions of one, until `until` is settled. */
export async function pulseOf(
  ask: () => Promise<boolean>,
  until: Promise<unknown>,
  { loops = 1, pauseMs = 10 } = {},
): Promise<Pulse> {
  const took: number[] = [];
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
  await until;
  isOver = true;
  await Promise.all(running);
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { count: took.length, failed, medianMs: at(0.5), p99Ms: at(0.99) };
}
