import { describe, expect, test } from "@jest/globals";
import { ProxyVariableError, readProxies } from "./proxyEnvironment.ts";

const proxied = (target: string, environment: Record<string, string>) =>
  readProxies(environment)(new URL(target))?.url.href;
const BOTH = { HTTP_PROXY: "http://plain:3128", HTTPS_PROXY: "http://secure:3128" };

describe("the proxy of a URL", () => {
  test.each([
    ["http", "http://prometheus.example", BOTH, "http://plain:3128/"],
    ["https", "https://prometheus.example", BOTH, "http://secure:3128/"],
    ["no variable", "http://prometheus.example", {}, undefined],
    ["https with HTTP_PROXY alone", "https://prometheus.example", { HTTP_PROXY: "http://plain:3128" }, undefined],
    ["lower case", "http://prometheus.example", { http_proxy: "http://lower:1" }, "http://lower:1/"],
    [
      "both cases",
      "http://p.example",
      { http_proxy: "http://lower:1", HTTP_PROXY: "http://upper:1" },
      "http://upper:1/",
    ],
    ["a proxy without a scheme", "http://p.example", { HTTP_PROXY: "plain:3128" }, "http://plain:3128/"],
    ["a proxy with a user", "http://p.example", { HTTP_PROXY: "http://u:p@plain" }, "http://u:p@plain/"],
    ["an empty variable", "http://p.example", { HTTP_PROXY: "" }, undefined],
  ])("is chosen as Go chooses it: %s", (_name, target, environment, proxy) => {
    expect(proxied(target, environment as Record<string, string>)).toBe(proxy);
  });

  // Each row as golang.org/x/net/http/httpproxy decides.
  test.each([
    ["http://localhost:9090", "", true],
    ["http://127.8.8.8:9090", "", true],
    ["http://[::1]:9090", "", true],
    ["http://prometheus.svc:9090", "prometheus.svc", true],
    ["http://PROMETHEUS.svc:9090", " Prometheus.SVC ", true],
    ["http://a.prometheus.svc", "prometheus.svc", true],
    ["http://notprometheus.svc", "prometheus.svc", false],
    ["http://prometheus.monitoring.svc", ".svc,.cluster.local", true],
    ["http://svc", ".svc", false],
    ["http://a.example.com", "*.example.com", true],
    ["http://example.com", "*.example.com", false],
    ["http://anything.at.all", "*", true],
    ["http://prometheus.svc:9090", "prometheus.svc:9090", true],
    ["http://prometheus.svc:9091", "prometheus.svc:9090", false],
    ["https://prometheus.svc", "prometheus.svc:443", true],
    ["http://10.96.7.7:9090", "10.96.0.0/12", true],
    ["http://10.112.7.7:9090", "10.96.0.0/12", false],
    ["http://10.96.7.7:9090", "10.96.7.7", true],
    ["http://10.96.7.7:9090", "10.96.7.7:9090", true],
    ["http://10.96.7.7:9090", "10.96.7.8", false],
    ["http://[fd00::7]:9090", "fd00::/8", true],
    ["http://[fd00::7]:9090", "fd00:0::7", true],
    ["http://[fd00::7]:9090", "[fd00::7]:9090", true],
    ["http://[fd00::7]:9091", "[fd00::7]:9090", false],
    ["http://prometheus.svc", "10.0.0.0/8,,nonsense/99,10.0.0.0/x, ", false],
  ])("of %s is left out by NO_PROXY=%j: %s", (target, noProxy, isDirect) => {
    expect(proxied(target, { ...BOTH, NO_PROXY: noProxy }) === undefined).toBe(isDirect);
    expect(proxied(target, { ...BOTH, no_proxy: noProxy }) === undefined).toBe(isDirect);
  });

  test.each(["socks5://secret@proxy:1080", "http://", "http://proxy:99999999"])(
    "that is %s is an error that names the variable and not its value",
    (value) => {
      const choose = () => proxied("http://prometheus.example", { HTTP_PROXY: value });
      expect(choose).toThrow(ProxyVariableError);
      expect(choose).toThrow(/^HTTP_PROXY is not an http or https URL$/);
    },
  );
});
