import { beforeAll, expect, test } from "@jest/globals";
import { until } from "../until.ts";
import { byName, hpa, queryKey } from "./hpa.ts";
import { runOnePod } from "./scaling.ts";
import { metricPath, type Stage } from "./stage.ts";
import { sample } from "./standIn.ts";
import { go } from "./vectors.ts";

const NAME = "prometheus-query";
/** Prometheus's text of each vector that a float holds exactly. */
const EXACT = go.quantities.flatMap(({ in: text, milli }, index) => {
  const value = Number(milli);
  return milli === undefined || value < 0 || value > Number.MAX_SAFE_INTEGER
    ? []
    : [{ name: `q${index}`, text, milli, value: String(value / 1000) }];
});
/** What no reading may be made of. */
const REFUSED = ["-0.5", "-1.5", "9223372036854775807", "1e16", "1e21", "1e30", "1e300", "NaN", "+Inf", "-Inf"];

/** 24: what we print is what Go reads, told by the HPA controller's own status. */
export function quantities(stage: () => Stage): void {
  beforeAll(async () => {
    const { apply, standIn, read } = stage();
    for (const { name, value } of EXACT) standIn.plan.set(`quantity_${name}`, sample(value));
    for (const [index, value] of REFUSED.entries()) standIn.plan.set(`quantity_r${index}`, sample(value));
    const refused = REFUSED.map((_, index) => `r${index}`);
    const alias = { [`metric-config.external.${NAME}.prometheus/prometheus-server-alias`]: "stand-in" };
    const queries = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [queryKey(name), `quantity_${name}`]));
    const names = EXACT.map(({ name }) => name);
    const options = { minReplicas: 1, maxReplicas: 1, annotations: { ...queries(names), ...alias } };
    await runOnePod(stage(), "quantities");
    await apply(
      hpa(
        "quantities",
        names.map((name) => byName(name)),
        options,
      ),
      hpa(
        "refused",
        refused.map((name) => byName(name)),
        { annotations: { ...queries(refused), ...alias } },
      ),
    );
    await until("the last", async () => (await read(metricPath(NAME, "query-name=r0"))).status !== 200, 10);
  });

  test("a value is printed canonically and Go reads the same thousandths", async () => {
    const { plane, read } = stage();
    const ours = new Map<string, string | undefined>();
    for (const { name } of EXACT) {
      const { body } = await read(metricPath(NAME, `query-name=${name}`));
      ours.set(name, body.items?.[0]?.value);
    }
    const theirs = await until(
      "the HPA's status",
      async () => {
        const { status } = JSON.parse(await plane.kubectl(["get", "hpa", "quantities", "-o", "json"])) as {
          status: {
            currentMetrics?: {
              external?: {
                metric: { selector: { matchLabels: Record<string, string> } };
                current: { averageValue: string };
              };
            }[];
          };
        };
        const read = new Map(
          status.currentMetrics?.flatMap(({ external }) =>
            external ? [[external.metric.selector.matchLabels["query-name"], external.current.averageValue]] : [],
          ),
        );
        return read.size === EXACT.length && read;
      },
      40,
    );
    for (const { name, text, milli } of EXACT) {
      const printed = ours.get(name);
      expect([text, printed]).toEqual([text, theirs.get(name)]);
      const thousandths = printed?.endsWith("m") ? Number(printed.slice(0, -1)) : Number(scaled(printed ?? "")) * 1000;
      expect([text, thousandths]).toEqual([text, Number(milli)]);
    }
    await plane.kubectl(["delete", "hpa", "quantities"]);
  }, 60_000);

  test.each(REFUSED.map((text, index) => ({ text, index })))("23 $text is never printed", async ({ index }) => {
    const { status, body } = await stage().read(metricPath(NAME, `query-name=r${index}`));
    expect([status, body.items]).toEqual([503, undefined]);
    expect(body.message).toMatch(/ASM_(?:NEGATIVE|OVERFLOW|NAN)/);
  });
}

/** A whole quantity with a decimal suffix, as a plain number. */
function scaled(text: string): number {
  const exponent = " kMGTP".indexOf(text.slice(-1));
  return exponent > 0 ? Number(text.slice(0, -1)) * 1000 ** exponent : Number(text);
}
