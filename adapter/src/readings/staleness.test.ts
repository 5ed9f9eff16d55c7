import { formatMilli, type Policy, type Problem, type ProblemCode } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Cause } from "./reading.ts";
import { fixedReading, type Known, readingOrProblem } from "./staleness.ts";

const problem = (code: ProblemCode): Problem => ({
  code,
  severity: "error",
  message: code.toLowerCase(),
  remedy: "mend it",
});
const reading = { milli: 7000n, quantity: "7", evaluatedAt: 1 };
const late = problem("ASM_PROMETHEUS_SLOW");
const TTL_MS = 30_000;

/** A metric whose last reading is so old, with trouble of so long. */
function known(more: { ageMs?: number; troubledMs?: number; cause?: Cause }): Known {
  const { ageMs, troubledMs, cause = "no-answer" } = more;
  return {
    ...(ageMs === undefined ? {} : { reading }),
    ageMs: ageMs ?? Number.POSITIVE_INFINITY,
    ttlMs: TTL_MS,
    ...(troubledMs === undefined
      ? {}
      : {
          trouble: {
            problem: problem(cause === "no-data" ? "ASM_NO_SERIES" : "ASM_PROMETHEUS_UNREACHABLE"),
            cause,
            sinceMs: 1e6 - troubledMs,
            since: 1_700_000_000_000 - troubledMs,
          },
        }),
    late,
    nowMs: 1e6,
    now: 1_700_000_000_000,
  };
}
const served = (state: Known, policies: { onNoData?: Policy; onError?: Policy } = {}) => {
  const outcome = readingOrProblem(state, policies, fixedReading);
  return outcome.ok ? outcome.reading.quantity : outcome.problem.code;
};
const value = (quantity: string): Policy => ({ kind: "value", quantity });
const lastFor = (seconds: number): Policy => ({ kind: "last-for", seconds });

describe("without a policy", () => {
  test.each([
    ["no data", { ageMs: 30_000, troubledMs: 27_000, cause: "no-data" as const }, "7"],
    ["no data for longer", { ageMs: 30_001, troubledMs: 27_000, cause: "no-data" as const }, "ASM_NO_SERIES"],
    ["Prometheus down", { ageMs: 30_000, troubledMs: 27_000 }, "7"],
    ["Prometheus down for longer", { ageMs: 30_001, troubledMs: 27_000 }, "ASM_PROMETHEUS_UNREACHABLE"],
    ["Prometheus late", { ageMs: 3_000 }, "7"],
    ["Prometheus late for the first time", {}, "ASM_PROMETHEUS_SLOW"],
  ])("with %s the last reading is held to its time to live", (_name, state, expected) => {
    expect(served(known(state))).toBe(expected);
  });
});

describe("with a number of the author's own", () => {
  test("no data is that number at once, whatever was last", () => {
    const policies = { onNoData: value("0") };
    expect(served(known({ ageMs: 3_000, troubledMs: 0, cause: "no-data" }), policies)).toBe("0");
    expect(served(known({ troubledMs: 0, cause: "no-data" }), policies)).toBe("0");
  });

  test("Prometheus down is that number when it has been down for the time to live, also after a restart", () => {
    const policies = { onError: value("5") };
    expect(served(known({ ageMs: 30_000, troubledMs: 27_000 }), policies)).toBe("7");
    expect(served(known({ ageMs: 30_001, troubledMs: 27_000 }), policies)).toBe("ASM_PROMETHEUS_UNREACHABLE");
    expect(served(known({ ageMs: 33_001, troubledMs: 30_001 }), policies)).toBe("5");
    expect(served(known({ troubledMs: 0 }), policies)).toBe("ASM_PROMETHEUS_UNREACHABLE");
    expect(served(known({ troubledMs: 30_001 }), policies)).toBe("5");
  });

  test("each of the two is about its own case, and neither about a late answer", () => {
    expect(served(known({ troubledMs: 60_000 }), { onNoData: value("0") })).toBe("ASM_PROMETHEUS_UNREACHABLE");
    expect(served(known({ troubledMs: 60_000, cause: "no-data" }), { onError: value("0") })).toBe("ASM_NO_SERIES");
    expect(served(known({}), { onNoData: value("0"), onError: value("0") })).toBe("ASM_PROMETHEUS_SLOW");
  });
});

test("a query that is a mistake has no policy: its number may be too large, and that is no zero", () => {
  const policies = { onNoData: value("0"), onError: value("0") };
  expect(served(known({ ageMs: 30_000, troubledMs: 27_000, cause: "mistake" }), policies)).toBe("7");
  expect(served(known({ ageMs: 60_000, troubledMs: 57_000, cause: "mistake" }), policies)).toBe(
    "ASM_PROMETHEUS_UNREACHABLE",
  );
});

test("last-for takes the place of the time to live, longer or shorter", () => {
  const policies = { onNoData: lastFor(600), onError: lastFor(10) };
  expect(served(known({ ageMs: 600_000, troubledMs: 597_000, cause: "no-data" }), policies)).toBe("7");
  expect(served(known({ ageMs: 600_001, troubledMs: 597_000, cause: "no-data" }), policies)).toBe("ASM_NO_SERIES");
  expect(served(known({ ageMs: 10_000, troubledMs: 7_000 }), policies)).toBe("7");
  expect(served(known({ ageMs: 10_001, troubledMs: 7_000 }), policies)).toBe("ASM_PROMETHEUS_UNREACHABLE");
});

test("the fault says since when, and how old the last reading is", () => {
  const outcome = readingOrProblem(known({ ageMs: 45_000, troubledMs: 42_000 }), {}, fixedReading);
  expect(outcome.ok ? "" : outcome.problem.message).toBe(
    "asm_prometheus_unreachable; failing since 2023-11-14T22:12:38Z; the last reading is 45 s old and is not served after 30 s",
  );
});

test("whatever happens, what is served is the last reading or what the policy names, and never older than they allow", () => {
  const policy = fc.option(
    fc.oneof(
      fc.nat(10_000).map((milli): Policy => ({ kind: "value", quantity: formatMilli(BigInt(milli)) })),
      fc.nat(600).map(lastFor),
    ),
    { nil: undefined },
  );
  const age = fc.option(fc.nat(700_000), { nil: undefined });
  fc.assert(
    fc.property(
      age,
      age,
      fc.constantFrom<Cause>("no-data", "no-answer", "mistake"),
      policy,
      policy,
      (ageMs, troubledMs, cause, onNoData, onError) => {
        const state = known({
          ...(ageMs === undefined ? {} : { ageMs }),
          ...(troubledMs === undefined ? {} : { troubledMs }),
          cause,
        });
        const outcome = readingOrProblem(
          state,
          { ...(onNoData ? { onNoData } : {}), ...(onError ? { onError } : {}) },
          fixedReading,
        );
        if (!outcome.ok) return;
        const policies = { "no-data": onNoData, "no-answer": onError, mistake: undefined };
        const counting = policies[troubledMs === undefined ? "no-answer" : cause];
        if (outcome.reading === reading) {
          const limitMs = counting?.kind === "last-for" ? counting.seconds * 1000 : TTL_MS;
          expect(ageMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(limitMs);
        } else {
          expect(counting).toEqual({ kind: "value", quantity: outcome.reading.quantity });
          expect(formatMilli(outcome.reading.milli)).toBe(outcome.reading.quantity);
        }
      },
    ),
  );
});
