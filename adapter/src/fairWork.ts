/**
 * A scheduler for work in steps. The event loop runs between steps, and each lane, such as a namespace, gets its turn.
 */
export interface FairWork {
  /** Adds work to a lane. It replaces work with the same `id` that has not started. */
  add(lane: string, id: string, work: () => Generator<undefined, void>): void;
  /** Removes work, whether it is pending or has started. */
  remove(lane: string, id: string): void;
  /** Whether the lane has no work. */
  isIdle(lane: string): boolean;
  busyLanes(): string[];
  /** Whether all remaining work is in heavy lanes. A lane is heavy when its work takes much longer than usual. */
  isSettled(): boolean;
}

export interface FairWorkOptions {
  /** Called when `isSettled` becomes true. */
  onSettled?(): void;
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back after `ms`. With 0, calls back after the event loop has handled pending I/O. */
  later(run: () => void, ms: number): void;
}

interface Lane {
  /** Pending work by id, in the order it was added. */
  readonly waiting: Map<string, () => Generator<undefined, void>>;
  current: { readonly id: string; readonly steps: Generator<undefined, void> } | undefined;
  /** Time used in milliseconds, and number of completed pieces of work, since the lane was last idle. */
  usedMs: number;
  done: number;
}

/** Maximum work per turn of the event loop, and maximum work per lane in that turn, in milliseconds. */
const SLICE_MS = 5;
const TURN_MS = 2;
/**
 * A lane is heavy above both limits: total time and average time per piece of work, in milliseconds. An ordinary HPA
 * takes 0.5 ms.
 */
const HEAVY_MS = 100;
const HEAVY_EACH_MS = 5;
/** After a step of a heavy lane, the event loop is free for this multiple of the step's duration. */
const REST = 9;

const LATER: Pick<FairWorkOptions, "now" | "later"> = {
  now: () => performance.now(),
  later: (run, ms) => void (ms > 0 ? setTimeout(run, ms).unref() : setImmediate(run)),
};

/**
 * Creates a scheduler without work. Heavy lanes together get at most a tenth of the time, and `isSettled` ignores them.
 * A tenant that keeps rewriting the largest HPA that Kubernetes accepts delays some other reads by one step, about 20
 * ms.
 */
export function createFairWork(options: Partial<FairWorkOptions> = {}): FairWork {
  const { now, later, onSettled }: FairWorkOptions = { ...LATER, ...options };
  const lanes = new Map<string, Lane>();
  let isWorking = false;
  let wasSettled = true;

  const isHeavy = ({ usedMs, done }: Lane) => usedMs > HEAVY_MS && usedMs > HEAVY_EACH_MS * (done + 1);

  const firstLight = () => {
    for (const entry of lanes) if (!isHeavy(entry[1])) return entry;
    return undefined;
  };

  const settle = () => {
    const isSettled = firstLight() === undefined;
    const becameSettled = isSettled && !wasSettled;
    wasSettled = isSettled;
    if (becameSettled) onSettled?.();
  };

  const forgetIdle = (name: string, lane: Lane) => {
    if (!lane.current && lane.waiting.size === 0) lanes.delete(name);
  };

  const step = (name: string, lane: Lane) => {
    const began = now();
    lane.current ??= next(lane);
    if (lane.current?.steps.next().done) {
      lane.current = undefined;
      lane.done++;
    }
    lane.usedMs += now() - began;
    forgetIdle(name, lane);
  };

  /** Selects the next lane and moves it to the end of the queue. Lanes that are not heavy come first. */
  const takeTurn = (): [string, Lane] | undefined => {
    const [first] = lanes;
    const chosen = firstLight() ?? first;
    if (!chosen) return undefined;
    lanes.delete(chosen[0]);
    lanes.set(...chosen);
    return chosen;
  };

  const run = () => {
    const began = now();
    let restMs = 0;
    while (restMs === 0 && now() - began < SLICE_MS) {
      const [name, lane] = takeTurn() ?? [];
      if (name === undefined || !lane) break;
      const turnBegan = now();
      if (isHeavy(lane)) {
        step(name, lane);
        restMs = REST * (now() - turnBegan);
      } else {
        while (lanes.get(name) === lane && now() - turnBegan < TURN_MS) step(name, lane);
      }
    }
    settle();
    isWorking = lanes.size > 0;
    if (isWorking) later(run, restMs);
  };

  return {
    add(name, id, work) {
      const lane = lanes.get(name) ?? { waiting: new Map(), current: undefined, usedMs: 0, done: 0 };
      lanes.set(name, lane);
      lane.waiting.set(id, work);
      wasSettled = firstLight() === undefined;
      if (isWorking) return;
      isWorking = true;
      later(run, 0);
    },
    remove(name, id) {
      const lane = lanes.get(name);
      if (!lane) return;
      lane.waiting.delete(id);
      if (lane.current?.id === id) lane.current = undefined;
      forgetIdle(name, lane);
      settle();
    },
    isIdle: (name) => !lanes.has(name),
    busyLanes: () => [...lanes.keys()],
    isSettled: () => firstLight() === undefined,
  };
}

function next({ waiting }: Lane): Lane["current"] {
  const [first] = waiting;
  if (!first) return undefined;
  const [id, work] = first;
  waiting.delete(id);
  return { id, steps: work() };
}
