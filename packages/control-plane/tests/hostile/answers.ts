import { byName, hpa, queryKey } from "../conformance/hpa.ts";
import { metricPath, type Stage } from "../conformance/stage.ts";
import { answer } from "../conformance/standIn.ts";
import { until } from "../until.ts";
import type { Surface } from "./holds.ts";
import { createHpa } from "./objects.ts";

const KIB = 1024;
const QUERY = "sum(hostile)";

/** What a Prometheus may say, by how much of it there is. */
const BODIES: Record<string, (size: number) => unknown> = {
  "many series": (size) => vector(Array.from({ length: Math.ceil(size / 60) }, (_, index) => ({ n: `${index}` }))),
  "many labels": (size) =>
    vector([
      Object.fromEntries(Array.from({ length: Math.ceil(size / 20) }, (_, index) => [`label${index}`, "value"])),
    ]),
  "a long label": (size) => vector([{ a: "v".repeat(size) }]),
  "a long number": (size) => vector([{}], "1".repeat(size)),
  "a long error": (size) => ({
    status: "error",
    errorType: "bad_data",
    error: "http://user:secret@host/ ".repeat(size / 26),
  }),
  "no JSON": (size) => "<a ".repeat(size / 3),
  "deep JSON": (size) => `{"data":${"[".repeat(size / 2)}${"]".repeat(size / 2)}}`,
  warnings: (size) => ({
    ...vector([{}]),
    warnings: Array.from({ length: Math.ceil(size / 20) }, () => "w".repeat(16)),
  }),
};

function vector(labels: readonly Record<string, string>[], value = "1") {
  return {
    status: "success",
    data: { resultType: "vector", result: labels.map((metric) => ({ metric, value: [Date.now() / 1000, value] })) },
  };
}

/** Answers of a hostile Prometheus, the one with the alias `stand-in`. */
export async function hostileAnswers(stage: Stage): Promise<Surface[]> {
  const annotations = { [queryKey("hostile")]: QUERY, [queryKey("prometheus-server-alias")]: "stand-in" };
  await createHpa(stage, hpa("answers", [byName("hostile")], { namespace: "default", annotations }), "default");
  return Object.entries(BODIES).map(([name, make]) => ({
    name: `an answer of Prometheus: ${name}`,
    from: KIB,
    to: 2048 * KIB,
    async send(size: number) {
      stage.standIn.plan.set(QUERY, answer(make(size)));
      const before = stage.standIn.asked.get(QUERY) ?? 0;
      // The HPA controller asks too; a reading counts for three seconds.
      await until(
        "the query to be asked",
        async () => {
          await stage.direct.proxied(metricPath("prometheus-query", "query-name=hostile"));
          return (stage.standIn.asked.get(QUERY) ?? 0) > before;
        },
        60,
      );
      await stage.direct.proxied(metricPath("prometheus-query", "query-name=hostile"));
    },
  }));
}
