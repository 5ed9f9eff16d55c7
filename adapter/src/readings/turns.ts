/** Items that wait, by namespace. Namespaces take turns, so that many items of one do not delay another's. */
export interface Turns<T> {
  /** Adds an item, unless it waits already or too many of its namespace do. */
  add(namespace: string, item: T): void;
  /** Waits until there are items, and takes up to `most` of them. Returns none when `signal` aborts. */
  take(most: number, signal: AbortSignal): Promise<T[]>;
}

/** Creates an empty queue. @param mostOfOne Maximum number of items of one namespace that wait. */
export function createTurns<T>(mostOfOne: number): Turns<T> {
  const lanes = new Map<string, Set<T>>();
  let wake: (() => void) | undefined;

  return {
    add(namespace, item) {
      const lane = lanes.get(namespace) ?? new Set<T>();
      if (lane.size >= mostOfOne) return;
      lanes.set(namespace, lane.add(item));
      wake?.();
    },
    async take(most, signal) {
      if (lanes.size === 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const stop = () => resolve();
        wake = stop;
        signal.addEventListener("abort", stop, { once: true });
        await promise;
        signal.removeEventListener("abort", stop);
        wake = undefined;
      }
      const taken: T[] = [];
      while (!signal.aborted && taken.length < most && lanes.size > 0) {
        const [first] = lanes;
        if (!first) break;
        const [namespace, lane] = first;
        const [item] = lane;
        // The lane moves to the end, or away if it is empty.
        lanes.delete(namespace);
        if (item !== undefined) {
          taken.push(item);
          lane.delete(item);
        }
        if (lane.size > 0) lanes.set(namespace, lane);
      }
      return taken;
    },
  };
}
