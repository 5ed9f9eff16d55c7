import { describe, expect, test } from "@jest/globals";
import { FlagError, parseFlags } from "./flags.ts";
import { hasOwnDialect } from "./prometheusServers.ts";

const mistakes = (...argv: string[]): string => {
  try {
    parseFlags(argv);
    return "";
  } catch (error) {
    if (error instanceof FlagError) return error.message;
    throw error;
  }
};

describe("the command line", () => {
  test("takes the reference's flags in both spellings, with our defaults", () => {
    const flags = parseFlags([
      "--prometheus-server=http://prometheus:9090",
      "--secure-port",
      "6443",
      "--metrics-ttl=1m30s",
    ]);
    expect(flags).toMatchObject({
      prometheusServer: "http://prometheus:9090",
      securePort: 6443,
      bindAddress: "0.0.0.0",
      metricsTtlMs: 90_000,
      metricsAddress: { host: "0.0.0.0", port: 7979 },
      warnings: [],
    });
    expect(parseFlags([]).metricsTtlMs).toBe(30_000);
  });

  test.each<[string, number | undefined]>([
    ["+30s", 30_000],
    ["290ms", 290],
    ["1500us", 1.5],
    ["2562047h", 9_223_369_200_000],
    ["2562048h", undefined],
    ["9223372036854775808ns", undefined],
    ["-1s", undefined],
    ["1d", undefined],
  ])("a duration is what Go makes of it: %s", (text, milliseconds) => {
    if (milliseconds === undefined) expect(mistakes(`--metrics-ttl=${text}`)).toContain("is not a duration");
    else expect(parseFlags([`--metrics-ttl=${text}`]).metricsTtlMs).toBe(milliseconds);
  });

  test("a duration may have fractions, and the longest text that is none is refused at once", () => {
    expect(parseFlags(["--metrics-ttl=1.5m.5s250ms"]).metricsTtlMs).toBe(90_750);
    const began = performance.now();
    for (const text of ["0".repeat(200_000), "0.".repeat(100_000)]) {
      expect(mistakes(`--metrics-ttl=${text}`)).toContain("is not a duration");
    }
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test("the gateways that are read are a namespace and a label selector each", () => {
    const gateways = (...values: string[]) =>
      parseFlags(values.map((value) => `--direct-gateways=${value}`)).directGateways.map(Object.values);
    expect(gateways()).toEqual([["istio-system", "istio=ingressgateway"]]);
    expect(gateways("none")).toEqual([]);
    expect(gateways("edge/app in (a,b),!c", "mesh/gateway.networking.k8s.io/gateway-name=waypoint")).toEqual([
      ["edge", "app in (a,b),!c"],
      ["mesh", "gateway.networking.k8s.io/gateway-name=waypoint"],
    ]);
    for (const wrong of ["", "none/", "a", "/a=b", "A/a=b", "a/", "a/b in", "a/b=c d", `a/${"b".repeat(2_000)}`])
      expect(mistakes(`--direct-gateways=${wrong}`)).toContain("ASM_FLAG: --direct-gateways=");
  });

  test("an unknown flag is an error that names the nearest one", () => {
    expect(mistakes("--prometheus-sever=http://x")).toContain("did you mean --prometheus-server?");
  });

  test("a flag with one dash is told as such, without its value", () => {
    expect(mistakes("-prometheus-server=http://u:secret@x")).toBe(
      "ASM_FLAG: -prometheus-server has one dash; flags are written --prometheus-server=value",
    );
  });

  test("every mistake is told at once", () => {
    const message = mistakes("--secure-port=70000", "--metrics-ttl=5", "--prometheus-server=prometheus:9090", "stray");
    for (const part of ["--secure-port=70000", "--metrics-ttl=5", "--prometheus-server is not", '"stray"']) {
      expect(message).toContain(part);
    }
  });

  test("a flag of the reference without a use here is a warning, and a source we lack is named", () => {
    const flags = parseFlags([
      "--garbage-collector-interval=10m",
      "--aws-external-metrics",
      "--skipper-ingress-metrics=false",
      "--v=2",
    ]);
    expect(flags.warnings.join()).toContain("--garbage-collector-interval");
    expect(flags.missingSources).toEqual(["--aws-external-metrics"]);
  });

  test("switches take Go's texts for true and false, and no other", () => {
    const isOn = (text: string) => parseFlags([`--disregard-incompatible-hpas=${text}`]).disregardIncompatibleHpas;
    expect(["1", "t", "T", "true", "TRUE", "True"].map(isOn)).toEqual(Array(6).fill(true));
    expect(["0", "f", "F", "false", "FALSE", "False"].map(isOn)).toEqual(Array(6).fill(false));
    expect(parseFlags(["--disregard-incompatible-hpas"]).disregardIncompatibleHpas).toBe(true);
    expect(mistakes("--disregard-incompatible-hpas=no")).toContain("=no is not true or false");
  });

  test("klog's flag of one letter is accepted in each of pflag's forms", () => {
    for (const argv of [["-v=4"], ["-v4"], ["-v", "4"], ["--v=4"], ["--v", "4"]])
      expect(parseFlags(argv).warnings).toEqual([expect.stringContaining("--v is a flag of kube-metrics-adapter")]);
  });

  test("a port is digits alone, and an address without one is one mistake", () => {
    for (const text of ["", " ", "1e3", "0x50", "-1", "70000"])
      expect(mistakes(`--secure-port=${text}`)).toContain("is not a port");
    expect(mistakes("--metrics-address=localhost").split("\n")).toHaveLength(1);
  });

  test("the webhook is on with a certificate and its key, and no flag of it is ignored without them", () => {
    const pair = ["--admission-webhook-cert-file=/tls.crt", "--admission-webhook-key-file=/tls.key"];
    expect(parseFlags([]).admissionWebhook).toBeUndefined();
    expect(parseFlags(pair).admissionWebhook).toEqual({ port: 8444, files: { cert: "/tls.crt", key: "/tls.key" } });
    expect(
      parseFlags([...pair, "--admission-webhook-port=9443", "--admission-webhook-client-ca-file=/ca.crt"])
        .admissionWebhook,
    ).toEqual({ port: 9443, files: { cert: "/tls.crt", key: "/tls.key", clientCa: "/ca.crt" } });
    for (const lone of [...pair, "--admission-webhook-port=9443", "--admission-webhook-client-ca-file=/ca.crt"])
      expect(mistakes(lone)).toContain("give both --admission-webhook-cert-file and --admission-webhook-key-file");
    expect(mistakes("--admission-webhook=asm-metrics-adapter")).toContain("unknown flag --admission-webhook");
  });

  test("aliases get their own token files, and a token file without its server is an error", () => {
    const flags = parseFlags([
      "--additional-prometheus-server=b=http://b:9090",
      "--additional-prometheus-server-token-file=b=/token",
    ]);
    expect(flags.additionalServers.get("b")).toEqual({ url: "http://b:9090", tokenFile: "/token" });
    expect(mistakes("--additional-prometheus-server-token-file=c=/token")).toContain('"c"');
  });

  test("each server has PromQL or a dialect of its own", () => {
    const flags = parseFlags([
      "--prometheus-server=http://a:9090",
      "--additional-prometheus-server=b=http://b:9090",
      "--additional-prometheus-server=c=http://c:9090",
      "--additional-prometheus-dialect=c=server",
    ]);
    const aliases = ["b", "c", "d"].map((alias) => hasOwnDialect(flags, { kind: "alias", alias }));
    expect(aliases).toEqual([false, true, false]);
    expect(hasOwnDialect(flags, { kind: "default" })).toBe(false);
    expect(hasOwnDialect(parseFlags(["--prometheus-dialect=server"]), { kind: "default" })).toBe(true);
    expect(mistakes("--prometheus-dialect=metricsql")).toContain("neither promql nor server");
    expect(mistakes("--additional-prometheus-dialect=d=server")).toContain('"d"');
    expect(mistakes("--additional-prometheus-server=b=http://b:9090", "--additional-prometheus-dialect=b=x")).toContain(
      "--additional-prometheus-dialect=b=x is neither",
    );
  });

  test("aliases get their own http configs, each for a known alias and not beside a token file", () => {
    const servers = [
      "--additional-prometheus-server=b=http://b:9090",
      "--additional-prometheus-server=c=http://c:9090",
    ];
    const flags = parseFlags([...servers, "--additional-prometheus-http-config=c=/c/http=1.yaml"]);
    expect([...flags.additionalServers]).toEqual([
      ["b", { url: "http://b:9090" }],
      ["c", { url: "http://c:9090", httpConfigFile: "/c/http=1.yaml" }],
    ]);
    expect(mistakes("--additional-prometheus-http-config=d=/x")).toContain('"d"');
    expect(mistakes("--additional-prometheus-http-config=/x")).toContain("must be name=path");
    expect(
      mistakes(
        ...servers,
        "--additional-prometheus-server-token-file=b=/token",
        "--additional-prometheus-http-config=b=/x",
      ),
    ).toContain('"b" has both');
  });

  test("a URL that cannot be used is named by its flag alone, since it may hold a password", () => {
    const message = mistakes(
      "--prometheus-server=u:hunter2@x:9090",
      "--allow-prometheus-server=",
      "--additional-prometheus-server=a=http://u:50%@x",
    );
    expect(message).not.toMatch(/hunter2|50%/);
    expect(message.split("\n")).toHaveLength(3);
  });

  test("tenants are bound and limited only when the operator says so", () => {
    const limits = (...argv: string[]) => {
      const { namespaceLabel, maxMetricsPerNamespace, maxQueryCostMs } = parseFlags(argv);
      return [namespaceLabel, maxMetricsPerNamespace, maxQueryCostMs];
    };
    expect(limits()).toEqual([undefined, undefined, undefined]);
    expect(limits("--max-metrics-per-namespace=0", "--max-query-cost=0")).toEqual([undefined, undefined, undefined]);
    expect(
      limits("--enforce-namespace-label=namespace", "--max-metrics-per-namespace=50", "--max-query-cost=6h"),
    ).toEqual(["namespace", 50, 21_600_000]);
    const message = mistakes("--enforce-namespace-label=a-b", "--max-metrics-per-namespace=-1", "--max-query-cost=x");
    for (const part of ["--enforce-namespace-label=a-b", "--max-metrics-per-namespace=-1", "--max-query-cost=x"]) {
      expect(message).toContain(part);
    }
    expect(mistakes("--enforce-namespace-label=")).toContain("is not a label");
  });

  test("the links of the status page go to a web UI without credentials, and a mistake does not repeat the URL", () => {
    const link = (url: string) => parseFlags([`--prometheus-web-url=${url}`]).prometheusWebUrl;
    expect(link("https://prometheus.example.com")).toBe("https://prometheus.example.com");
    expect(link("http://localhost:9090/prometheus//")).toBe("http://localhost:9090/prometheus");
    expect(parseFlags([]).prometheusWebUrl).toBeUndefined();
    const secrets = ["u:hunter2@p.example", "hunter2@p.example", "p.example?token=hunter2", "p.example#hunter2"];
    for (const url of [...secrets.map((rest) => `https://${rest}`), "javascript:hunter2", "hunter2", ""]) {
      expect(mistakes(`--prometheus-web-url=${url}`)).toMatch(/--prometheus-web-url must be(?!.*hunter2)/);
    }
  });

  test("the name of the cluster can be printed and needs no quotes", () => {
    for (const name of ["shop-production", "eu.prod/杭州", "x".repeat(63)])
      expect(parseFlags([`--cluster-name=${name}`]).clusterName).toBe(name);
    for (const name of ["", " x", "a b", "a: b", "$(POD_IP)", "a\nb", "a\u202eb", "x".repeat(64)])
      expect(mistakes(`--cluster-name=${name}`)).toContain("--cluster-name must have 1 to 63");
  });

  test("one kubeconfig serves all; the lister's own goes before it", () => {
    expect(parseFlags(["--kubeconfig=/k"]).kubeconfig).toBe("/k");
    expect(parseFlags(["--kubeconfig=/k", "--lister-kubeconfig=/l"]).kubeconfig).toBe("/l");
  });
});
