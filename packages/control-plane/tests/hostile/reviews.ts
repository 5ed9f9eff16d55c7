import { randomUUID } from "node:crypto";
import { request } from "node:https";
import type { Stage } from "../conformance/stage.ts";
import type { Surface } from "./holds.ts";
import { largestHpas } from "./objects.ts";

const KIB = 1024;
export const WEBHOOK_PORT = 8444;

/** Bodies that anybody may post to the admission webhook. */
export function strangersReviews(stage: Stage): Surface[] {
  const review = (metadata: object, spec: object = {}) =>
    JSON.stringify({
      kind: "AdmissionReview",
      request: { uid: randomUUID(), namespace: "shop", object: { metadata: { name: "a", ...metadata }, spec } },
    });
  const key = (name: string) => `metric-config.external.prometheus-query.prometheus/${name}`;
  const metric = (query: string) => ({
    type: "External",
    external: { metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": query } } } },
  });
  const bodies: Record<string, (size: number) => string> = {
    "nearly the same long names": (size) =>
      review(
        { annotations: { [key(`${"n".repeat(size / 2)}a`)]: "x" } },
        { metrics: [metric(`${"n".repeat(size / 2)}b`)] },
      ),
    "a long query": (size) =>
      review({ annotations: { [key("q")]: "a+".repeat(size / 2) } }, { metrics: [metric("q")] }),
    "many metrics": (size) =>
      review({}, { metrics: Array.from({ length: Math.ceil(size / 120) }, (_, n) => metric(`${n}`)) }),
    "a long name": (size) => review({ name: "n".repeat(size) }),
    "deep JSON": (size) => `{"kind":"AdmissionReview","request":${"[".repeat(size / 2)}${"]".repeat(size / 2)}}`,
    "a wrong type": (size) =>
      review({ annotations: Object.fromEntries([...Array(Math.ceil(size / 20)).keys()].map((n) => [key(`${n}`), n])) }),
    "no JSON": (size) => "{".repeat(size),
  };
  const growing = Object.entries(bodies).map(([name, make]) => ({
    name: `a review: ${name}`,
    from: KIB,
    to: 1024 * KIB,
    send: (size: number) => post(stage, make(size)),
  }));
  const whole = largestHpas().map(({ name, object }) => ({
    name: `a review of the HPA ${name}`,
    from: 1,
    to: 1,
    send: () => post(stage, JSON.stringify({ kind: "AdmissionReview", request: { uid: "u", object } })),
  }));
  return [...growing, ...whole];
}

/** Posts a review; resolves to the status of the answer, 0 where there is none. */
function post({ adapter }: Stage, body: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(
      {
        host: adapter.address,
        port: WEBHOOK_PORT,
        path: "/validate-autoscaling",
        method: "POST",
        rejectUnauthorized: false,
        agent: false,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        response.resume();
        response.once("close", () => resolve(response.statusCode ?? 0));
      },
    );
    asked.on("error", () => resolve(0));
    asked.end(body);
  });
}
