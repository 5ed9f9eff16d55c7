import { NAMESPACES, PODS } from "./series.ts";

/** A read of one of the two APIs. */
export interface ReadRequest {
  readonly api: "custom" | "external";
  /** The path after the version, with the parameters. */
  readonly path: string;
}

/** Selectors of objects. Each pod has the labels `app` and `tier`. */
const OBJECTS = ["", "app=web", "app in (web,api)", "tier!=front", "!app", "app,tier=back", "app=nobody"];

/** Selectors of series, with all operators. */
const SERIES = [
  ...["", "method=GET", "method!=GET", "method in (GET,POST)", "method notin (POST)", "method", "!method"],
  ...["method in (GET)", "code notin (200,503)", "method=GET,code!=503", "service=web", "container=app", "name=mail"],
  ...["namespace=shop", "topic in (a,b),name!=print", "app.kubernetes.io/name=web", "code>200"],
];

const NAMES: Readonly<Record<string, readonly string[]>> = {
  services: ["web", "api", "none"],
  "deployments.apps": ["web", "api", "none"],
  "ingresses.networking.k8s.io": ["front", "none"],
  nodes: ["node-1", "none"],
};

/** All reads of a custom metric by its name in discovery, such as `pods/http_requests`. */
export function customRequests(listed: string): ReadRequest[] {
  const [resource = "", metric = ""] = listed.split("/");
  if (resource === "namespaces") {
    const paths = [...NAMESPACES, "*", "none"].map((namespace) => `namespaces/${namespace}/metrics/${metric}`);
    return withSeries([...paths, `namespaces/shop/${metric}`]);
  }
  if (resource === "nodes") return withSeries(["*", "node-1", "none"].map((name) => `nodes/${name}/${metric}`));
  return [...NAMESPACES, "none"].flatMap((namespace) => {
    const of = (name: string) => `namespaces/${namespace}/${resource}/${name}/${metric}`;
    const names = resource === "pods" ? [...(PODS[namespace] ?? []), "none"] : (NAMES[resource] ?? ["web"]);
    const all = OBJECTS.flatMap((objects) =>
      SERIES.map((series) => request(of("*"), { labelSelector: objects, metricLabelSelector: series })),
    );
    return [...all, ...withSeries(names.map(of))];
  });
}

/** All reads of an external metric. */
export function externalRequests(metric: string): ReadRequest[] {
  return [...NAMESPACES, "none"].flatMap((namespace) =>
    SERIES.map((labelSelector) => request(`namespaces/${namespace}/${metric}`, { labelSelector }, "external")),
  );
}

/** Reads of what is not there, and reads that are no reads. */
export function oddRequests(listed: string, external: string): ReadRequest[] {
  const [, metric = ""] = listed.split("/");
  return [
    ...[
      ...["namespaces/shop/pods/*/no_such_metric", "namespaces/shop/pods/web-1/no_such_metric"],
      ...[
        `namespaces/shop/gadgets/*/${metric}`,
        `namespaces/shop/pods.apps/*/${metric}`,
        `namespaces/shop/pod/web-1/${metric}`,
      ],
      ...[
        "namespaces/shop/metrics/no_such_metric",
        "namespaces/shop/pods/web-1",
        "namespaces/shop",
        `pods/web-1/${metric}`,
      ],
      ...[
        `namespaces/shop/pods/web-1/${metric}?metricLabelSelector=a%20b`,
        `namespaces/shop/pods/*/${metric}?labelSelector=a%20b`,
      ],
      ...[
        `namespaces/shop/pods/*/${metric}?selector=app%20in%20(web)`,
        `namespaces/shop/pods/web-1/${metric}?labelSelector=app%20in%20(api)`,
      ],
      ...[`namespaces/shop/pods/*/${metric.toUpperCase()}`, `namespaces/*/pods/*/${metric}`],
    ].map((path): ReadRequest => ({ api: "custom", path })),
    ...[
      ...["namespaces/shop/no_such_metric", `namespaces/shop/${external}?labelSelector=a%20b`],
      ...[`namespaces/shop/${external.toUpperCase()}`, `namespaces/*/${external}`],
    ].map((path): ReadRequest => ({ api: "external", path })),
  ];
}

function withSeries(paths: readonly string[]): ReadRequest[] {
  return paths.flatMap((path) => SERIES.map((metricLabelSelector) => request(path, { metricLabelSelector })));
}

function request(path: string, parameters: Record<string, string>, api: ReadRequest["api"] = "custom"): ReadRequest {
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return { api, path: text === "" ? path : `${path}?${text}` };
}

/** So many of the requests, spread over all, in an order that depends on the seed. */
export function sampled(requests: readonly ReadRequest[], count: number, seed: number): ReadRequest[] {
  if (requests.length <= count) return [...requests];
  const step = requests.length / count;
  return Array.from({ length: count }, (_, index) => {
    const within = (((seed + index) * 7_919) % 1_000) / 1_000;
    return requests[Math.floor((index + within) * step)] as ReadRequest;
  });
}
