import { expect, test } from "@jest/globals";
import { scalingArgs } from "./scalingArgs.ts";

const pods = (value: number, periodSeconds: number) => ({ type: "Pods", value, periodSeconds });
const percent = (value: number, periodSeconds: number) => ({ type: "Percent", value, periodSeconds });

test.each<[string, object, object]>([
  ["nothing", {}, {}],
  [
    "what Kubernetes fills in",
    { scaleUp: { selectPolicy: "Max", stabilizationWindowSeconds: 0, policies: [pods(4, 15), percent(100, 15)] } },
    {},
  ],
  ["a direction that is off", { scaleDown: { selectPolicy: "Disabled" } }, { scaleDown: { pace: "Never" } }],
  [
    "rates for each minute",
    { scaleUp: { policies: [percent(50, 60), pods(3, 60)] } },
    { scaleUp: { podsPerMinute: 3, percentPerMinute: 50 } },
  ],
  ["a window", { scaleDown: { stabilizationWindowSeconds: 60 } }, { scaleDown: { stabilizationWindowSeconds: 60 } }],
  [
    "a tolerance in any suffix",
    { scaleUp: { tolerance: "20000u" }, scaleDown: { tolerance: "0.05" } },
    { scaleUp: { tolerance: 0.02 }, scaleDown: { tolerance: 0.05 } },
  ],
  [
    "the smaller of what Kubernetes fills in",
    { scaleUp: { selectPolicy: "Min", policies: [pods(4, 15), percent(100, 15)] } },
    { scaleUp: { selectPolicy: "Min" } },
  ],
  [
    "the smaller of two rates",
    { scaleUp: { selectPolicy: "Min", policies: [pods(4, 60), percent(10, 60)] } },
    { scaleUp: { selectPolicy: "Min", podsPerMinute: 4, percentPerMinute: 10 } },
  ],
  ["the smaller of what nobody said", { scaleUp: { selectPolicy: "Min" } }, { scaleUp: { selectPolicy: "Min" } }],
  ["rates of another period", { scaleUp: { policies: [pods(4, 30)] } }, { scaleUp: { policies: [pods(4, 30)] } }],
])("%s", (_, behavior, expected) => {
  expect(scalingArgs(behavior as Record<string, unknown>).behavior ?? {}).toEqual(expected);
});
