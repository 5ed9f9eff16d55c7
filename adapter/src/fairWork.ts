/** Work in steps, between which the event loop serves others; each lane, such as a namespace, has its turn. */
export interface FairWork {
  /** Does a piece of work when the lane's turn comes. One of the same `id` that has not begun is left out. */
  add(lane: string, id: string, work: () => Generator<undefined, void>): void;
  /** Leaves out work that waits or has begun. */
  remove(lane: string, id: string): void;
  /** Whether the lane has no work. */
  isIdle(lane: string): boolean;
  busyLanes(): string[];
  /** Whether nothing is left but what lanes have whose work takes much longer than that of others. */
  isSettled(): boolean;
}

export interface FairWorkOptions {
  /** `isSettled` has become true. */
  onSettled?(): void;
  /** Ms of a clock that only grows. */
  now(): number;
  /** Calls back after `ms`; at 0 as soon as the event loop has served what came meanwhile. */
  later(run: () => void, ms: number): void;
}

interface Lane {
  /** By id, in the order they came. */
  readonly waiting: Map<string, () => Generator<undefined, void>>;
  current: { readonly id: string; readonly steps: Generator<undefined, void> } | undefined;
  /** Since the lane had nothing to do: time used, ms, and pieces of work done. */
  usedMs: number;
  done: number;
}

/** Work between two turns of the event loop, and what one lane gets of it, ms. */
const SLICE_MS = 5;
const TURN_MS = 2;
/** A lane whose pieces take so long, in all and on the average, ms, is heavy. Reading an ordinary HPA takes 0.5 ms. */
const HEAVY_MS = 100;
const HEAVY_EACH_MS = 5;
/** After a step of a heavy lane the event loop has so many times as long for everything else. */
const REST = 9;

const LATER: Pick<FairWorkOptions, "now" | "later"> = {
  now: () => performance.now(),
  later: (run, ms) => void (ms > 0 ? setTimeout(run, ms).unref() : setImmediate(run)),
};

/**
 * Nothing to do yet. Heavy lanes get a tenth of the time at most, all together, and nobody waits for them: a tenant who
 * rewrites the largest HPA that Kubernetes takes, again and again, delays some reads of others by one step, some 20 ms.
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

  /** The lane whose turn it is: one that is not heavy, if there is one. It goes to the end of the line. */
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
