import { expect, test } from "@jest/globals";
import { scalingArgs } from "./scalingArgs.ts";

const pods = (value: number, periodSeconds: number) => ({ type: "Pods", value, periodSeconds });
const percent = (value: number, periodSeconds: number) => ({ type: "Percent", value, periodSeconds });

test.each<[string, object, object, number]>([
  ["nothing", {}, {}, 0],
  [
    "what Kubernetes fills in",
    { scaleUp: { selectPolicy: "Max", stabilizationWindowSeconds: 0, policies: [pods(4, 15), percent(100, 15)] } },
    {},
    0,
  ],
  ["a direction that is off", { scaleDown: { selectPolicy: "Disabled" } }, { scaleDown: { pace: "Never" } }, 0],
  [
    "rates for each minute",
    { scaleUp: { policies: [percent(50, 60), pods(3, 60)] } },
    { scaleUp: { podsPerMinute: 3, percentPerMinute: 50 } },
    0,
  ],
  ["a window", { scaleDown: { stabilizationWindowSeconds: 60 } }, { scaleDown: { stabilizationWindowSeconds: 60 } }, 0],
  [
    "a tolerance in any suffix",
    { scaleUp: { tolerance: "20000u" }, scaleDown: { tolerance: "0.05" } },
    { scaleUp: { tolerance: 0.02 }, scaleDown: { tolerance: 0.05 } },
    0,
  ],
  [
    "the smaller of what Kubernetes fills in",
    { scaleUp: { selectPolicy: "Min", policies: [pods(4, 15), percent(100, 15)] } },
    {},
    1,
  ],
  ["the smaller of what nobody said", { scaleUp: { selectPolicy: "Min" } }, {}, 1],
  ["rates of another period", { scaleUp: { policies: [pods(4, 30)] } }, {}, 1],
])("%s", (_, behavior, expected, left) => {
  const said: string[] = [];
  expect(scalingArgs(behavior as Record<string, unknown>, said).behavior ?? {}).toEqual(expected);
  expect(said).toHaveLength(left);
});
