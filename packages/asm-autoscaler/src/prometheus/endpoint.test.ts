import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { CA } from "../../testing/recordAdapter";
import { entryPath } from "../validation/inputErrors";
import { UNKNOWN } from "../validation/inputs";
import { endpointErrors, type PrometheusEndpoint } from "./endpoint";

const url = "http://prometheus.istio-system.svc:9090";

/** Path and code of each error. */
const inputErrors = (endpoint: Parameters<typeof endpointErrors>[1]) =>
  endpointErrors("prometheus", endpoint).map(({ path, code }) => [path, code]);

/** What a program without types may pass. */
const untyped = (endpoint: unknown) => inputErrors(endpoint as PrometheusEndpoint);

describe("an endpoint is accepted", () => {
  test.each<[string, PrometheusEndpoint]>([
    ["by its URL alone", { url }],
    ["with the path prefix and the port of ARMS", { url: "https://cn-hangzhou.arms.aliyuncs.com:9443/api/v1/a/b" }],
    ["with a bearer token", { url, authorization: "Bearer abc" }],
    ["with the raw token of ARMS V1", { url, authorization: "eyJhbGciOi.J9" }],
    ["with basic authentication", { url, basicAuth: { username: "LTAI", password: "x" } }],
    ["with an authority and a tenant", { url, caBundle: `${CA}${CA}`, headers: { "X-Scope-OrgID": "a" } }],
  ])("%s", (_, endpoint) => {
    expect(inputErrors(endpoint)).toEqual([]);
  });

  test("as far as it is known", () => {
    const unknown = pulumi.output("x");
    expect(inputErrors(UNKNOWN)).toEqual([]);
    expect(
      inputErrors({ url: unknown, authorization: unknown, caBundle: unknown, headers: unknown.apply(() => ({})) }),
    ).toEqual([]);
    expect(inputErrors({ url, headers: { "X-Scope-OrgID": unknown } })).toEqual([]);
    expect(inputErrors({ url, basicAuth: { username: unknown, password: unknown } })).toEqual([]);
  });
});

describe("an endpoint is refused", () => {
  test.each(["", "not a url", "ftp://x", "http://x/?a=1", "http://x/#a", "http://jane:hunter2@x"])(
    "for the URL %j",
    (wrong) => {
      expect(inputErrors({ url: wrong })).toEqual([["prometheus.url", "ASM_URL_INVALID"]]);
    },
  );

  test.each([undefined, null, "http://x"])("when it is %j", (endpoint) => {
    expect(untyped(endpoint)).toEqual([["prometheus", "ASM_ARGUMENT_MISSING"]]);
  });

  test("for what is left out of it", () => {
    expect(untyped({})).toEqual([["prometheus.url", "ASM_ARGUMENT_MISSING"]]);
    expect(untyped({ url, basicAuth: { username: null } })).toEqual([
      ["prometheus.basicAuth.username", "ASM_ARGUMENT_MISSING"],
      ["prometheus.basicAuth.password", "ASM_ARGUMENT_MISSING"],
    ]);
  });

  test("for an authorization that is given in several ways, known later or not", () => {
    const authorization = pulumi.secret("Bearer abc");
    const basicAuth = { username: "a", password: "b" };
    expect(inputErrors({ url, authorization, basicAuth })).toEqual([
      ["prometheus.basicAuth", "ASM_AUTHORIZATION_TWICE"],
    ]);
    expect(inputErrors({ url, basicAuth, headers: { authorization: "c" } })).toEqual([
      ["prometheus.headers.authorization", "ASM_AUTHORIZATION_TWICE"],
    ]);
    expect(inputErrors({ url, headers: { Authorization: "c" } })).toEqual([]);
  });

  test.each(["", " ", "Bearer abc\n", "a\r\nX-Evil: b", "snow ☃"])("for the authorization %j", (authorization) => {
    expect(inputErrors({ url, authorization })).toEqual([["prometheus.authorization", "ASM_HEADER_INVALID"]]);
  });

  test.each(["", "X Scope", "X:", "Ünï", "Host", "content-length"])("for a header named %j", (name) => {
    expect(inputErrors({ url, headers: { [name]: "a" } })).toEqual([
      [entryPath("prometheus.headers", name), "ASM_HEADER_INVALID"],
    ]);
  });

  test.each(["/etc/ca.pem", "", CA.replace("A", "B").slice(0, -60), CA.replace(/\n.*\n/, "\nAAAA\n")])(
    "for the caBundle %j",
    (caBundle) => {
      expect(inputErrors({ url, caBundle })).toEqual([["prometheus.caBundle", "ASM_CERTIFICATE_INVALID"]]);
    },
  );

  test("without repeating what may be a secret", () => {
    const all = endpointErrors("prometheus", {
      url: "http://jane:hunter2@x",
      authorization: "hunter2\n",
      headers: { "X-Api-Key": "hunter2\n" },
      caBundle: "hunter2",
    });
    expect(all).toHaveLength(4);
    expect(JSON.stringify(all)).not.toContain("hunter2");
  });
});
