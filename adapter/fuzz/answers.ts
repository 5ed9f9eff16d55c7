import fc from "fast-check";
import { type Answer, parseAnswer } from "../src/prometheus/answer.ts";
import { type Outcome, readAnswer } from "../src/readings/reading.ts";
import { explore, promised, type Surface } from "./surface.ts";

const number = fc.oneof(
  fc.constantFrom("0", "1.5", "NaN", "+Inf", "-Inf", "-3", "1e300", "9223372036854775", "0.0004", "", "x", "0x10"),
  fc.double().map(String),
);
const pair = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), number) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const element = fc.oneof(
  { weight: 6, arbitrary: fc.record({ metric: fc.dictionary(fc.string(), fc.string()), value: pair }) },
  { weight: 1, arbitrary: fc.record({ metric: fc.constant({}), histogram: fc.jsonValue() }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const data = fc.oneof(
  fc.record({ resultType: fc.constant("vector"), result: fc.array(element, { maxLength: 3 }) }),
  fc.record({ resultType: fc.constant("scalar"), result: pair }),
  fc.record({ resultType: fc.constantFrom("matrix", "string", "streams"), result: fc.jsonValue() }),
  fc.jsonValue(),
);
const success = data.map((data) => JSON.stringify({ status: "success", data }));
const error = fc
  .record({
    errorType: fc.constantFrom("bad_data", "timeout", "execution"),
    error: fc.oneof(fc.string(), fc.jsonValue()),
  })
  .map((fields) => JSON.stringify({ status: "error", ...fields }));
const input = fc.record({
  status: fc.constantFrom(200, 200, 200, 400, 401, 422, 500, 503),
  body: fc.oneof(
    { weight: 6, arbitrary: success },
    { weight: 1, arbitrary: error },
    { weight: 1, arbitrary: fc.tuple(success, fc.nat(200)).map(([text, at]) => text.slice(0, at)) },
    { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constant("<html>no</html>"), fc.json()) },
  ),
  aggregate: fc.constantFrom(undefined, "sum" as const, "max" as const, "min" as const, "avg" as const),
});

/** Planted: what is not a number counts as none. */
function broken(read: typeof readAnswer): typeof readAnswer {
  return (answer, aggregate) => {
    const zeroed: Answer = answer.ok
      ? { ...answer, samples: answer.samples.map((one) => (Number.isNaN(one.value) ? { ...one, value: 0 } : one)) }
      : answer;
    return read(zeroed, aggregate);
  };
}

/** What comes back from a Prometheus, or from whatever stands in its place. */
export const answers: Surface = {
  name: "Prometheus answers",
  run(trial) {
    const read = trial.planted ? broken(readAnswer) : readAnswer;
    return explore(this.name, trial, input, ({ status, body, aggregate }, tally) => {
      const answer = parseAnswer(status, body, "http://p", 1_700_000_000_000);
      if (answer.ok) tally.parsed++;
      const outcome: Outcome = read(answer, aggregate);
      if (!outcome.ok) {
        promised(/^ASM_[A-Z_]+$/.test(outcome.problem.code), "a refusal has a code");
        promised(!outcome.problem.message.includes("undefined"), "and a sentence");
        return;
      }
      promised(answer.ok, "no reading is made of a failure");
      const { milli, quantity } = outcome.reading;
      promised(milli >= 0n && milli <= 9_223_372_036_854_775_807n, "a reading fits the HPA controller's milli");
      promised(/^\d+[mkMGTP]?$/.test(quantity), "and is printed as a quantity");
      if (!answer.ok) return;
      const values = answer.samples.map(({ value }) => value);
      promised(values.length > 0 && !values.some(Number.isNaN), "nothing that is no number becomes one");
      promised(
        aggregate !== undefined || values.length === 1,
        "several samples become one only where that was asked for",
      );
      const expected = combine(values, aggregate);
      promised(Math.abs(Number(milli) / 1000 - expected) <= 0.0005 + Math.abs(expected) * 1e-12, "it is what they say");
    });
  },
};

function combine(values: readonly number[], aggregate: "sum" | "max" | "min" | "avg" | undefined): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (aggregate === "max") return Math.max(...values);
  if (aggregate === "min") return Math.min(...values);
  return aggregate === "avg" ? sum / values.length : sum;
}
