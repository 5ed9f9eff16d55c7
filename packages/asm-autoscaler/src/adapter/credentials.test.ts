import { describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import "../../testing/bundleFixture";
import { inputErrorsOf } from "../../testing/inputErrorsOf";
import { podOf, prometheus, recordAdapter, serverFilesOf } from "../../testing/recordAdapter";
import { MetricsAdapter, type MetricsAdapterCredentialsArgs } from ".";

const FOLDER = "/etc/asm-metrics-adapter";
const httpOf = (files: Record<string, string>, server: string) => JSON.parse(files[`${server}.http`] ?? "");
const volumeOf = (pod: ReturnType<typeof podOf>, name: string) => pod.volumes.find((volume) => volume.name === name);

describe("credentials in a Secret of the user", () => {
  const args = {
    prometheus,
    additionalPrometheus: { eu: { url: "http://eu.example" } },
    prometheusCredentials: { secretName: pulumi.output("from-vault"), tokenKey: "token", caKey: "ca.crt" },
    additionalPrometheusCredentials: { eu: { secretName: "arms", usernameKey: "id", passwordKey: "secret" } },
  };

  test("are mounted next to the URLs, under the names that the adapter looks for", async () => {
    const pod = podOf(await recordAdapter(args));
    expect(volumeOf(pod, "prometheus")).toEqual({
      name: "prometheus",
      projected: {
        sources: [
          { secret: { name: "asm-metrics-adapter-prometheus" } },
          {
            secret: {
              name: "from-vault",
              items: [
                { key: "token", path: "default.authorization" },
                { key: "ca.crt", path: "default.ca" },
              ],
            },
          },
          {
            secret: {
              name: "arms",
              items: [
                { key: "id", path: "alias.eu.username" },
                { key: "secret", path: "alias.eu.password" },
              ],
            },
          },
        ],
      },
    });
    const mounts = pod.containers[0].volumeMounts.filter(({ name }) => name === "prometheus");
    expect(mounts).toEqual([{ name: "prometheus", mountPath: `${FOLDER}/prometheus`, readOnly: true }]);
  });

  test("are files for the adapter, and are not in the Secret of the component", async () => {
    const files = serverFilesOf(await recordAdapter(args));
    expect(Object.keys(files).sort()).toEqual(["alias.eu.http", "alias.eu.url", "default.http", "default.url"]);
    expect(httpOf(files, "default")).toEqual({
      authorization: { credentials_file: `${FOLDER}/prometheus/default.authorization` },
      tls_config: { ca_file: `${FOLDER}/prometheus/default.ca` },
    });
    expect(httpOf(files, "alias.eu")).toEqual({
      basic_auth: {
        username_file: `${FOLDER}/prometheus/alias.eu.username`,
        password_file: `${FOLDER}/prometheus/alias.eu.password`,
      },
    });
  });

  test("can hold the whole header", async () => {
    const prometheusCredentials = { secretName: "arms", authorizationKey: "token" };
    expect(httpOf(serverFilesOf(await recordAdapter({ prometheus, prometheusCredentials })), "default")).toEqual({
      authorization: { type: "none", credentials_file: `${FOLDER}/prometheus/default.authorization` },
    });
  });
});

test("credentials in an external store are mounted by the Secrets Store CSI driver, each server apart", async () => {
  const store = { secretProviderClass: "kms", tokenKey: "monitoring/token" };
  const stack = await recordAdapter({
    prometheus,
    additionalPrometheus: { eu: prometheus },
    prometheusCredentials: store,
    additionalPrometheusCredentials: { eu: { secretProviderClass: "eu", usernameKey: "u", passwordKey: "p" } },
  });
  const pod = podOf(stack);
  expect(volumeOf(pod, "prometheus")).toEqual({
    name: "prometheus",
    secret: { secretName: "asm-metrics-adapter-prometheus" },
  });
  expect([volumeOf(pod, "credentials-0"), volumeOf(pod, "credentials-1")]).toMatchObject(
    ["kms", "eu"].map((secretProviderClass) => ({
      csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass } },
    })),
  );
  const mounts = pod.containers[0].volumeMounts.filter(({ name }) => name.startsWith("credentials"));
  expect(mounts.map(({ mountPath }) => mountPath)).toEqual([
    `${FOLDER}/secrets-store/default`,
    `${FOLDER}/secrets-store/alias.eu`,
  ]);
  const files = serverFilesOf(stack);
  expect(httpOf(files, "default").authorization).toEqual({
    credentials_file: `${FOLDER}/secrets-store/default/monitoring/token`,
  });
  expect(httpOf(files, "alias.eu").basic_auth.password_file).toBe(`${FOLDER}/secrets-store/alias.eu/p`);
});

const secretName = "own";
test.each<[string, MetricsAdapterCredentialsArgs, [string, string][]]>([
  ["no source", { tokenKey: "t" }, [["secretName", "ASM_ARGUMENT_MISSING"]]],
  [
    "two sources",
    { secretName, secretProviderClass: "c", tokenKey: "t" },
    [["secretProviderClass", "ASM_ARGUMENT_MISPLACED"]],
  ],
  ["no key", { secretName }, [["tokenKey", "ASM_ARGUMENT_MISSING"]]],
  ["a name that no Secret has", { secretName: "A_B", tokenKey: "t" }, [["secretName", "ASM_NAME_INVALID"]]],
  ["a key that is a path", { secretName, tokenKey: "a/b" }, [["tokenKey", "ASM_NAME_INVALID"]]],
  ["a file outside the store", { secretProviderClass: "c", tokenKey: "a/../../b" }, [["tokenKey", "ASM_NAME_INVALID"]]],
  ["a user name without a password", { secretName, usernameKey: "u" }, [["passwordKey", "ASM_ARGUMENT_MISSING"]]],
  [
    "a token and a password",
    { secretName, tokenKey: "t", usernameKey: "u", passwordKey: "p" },
    [["usernameKey", "ASM_AUTHORIZATION_TWICE"]],
  ],
])("%s is refused with its path", (_, prometheusCredentials, expected) => {
  const attempt = () => new MetricsAdapter("it", { prometheus, prometheusCredentials });
  expect(inputErrorsOf(attempt)).toEqual(expected.map(([path, code]) => [`prometheusCredentials.${path}`, code]));
});

test("credentials that contradict the endpoint, or that have none, are refused", () => {
  const attempt = () =>
    new MetricsAdapter("it", {
      prometheus: { ...prometheus, authorization: "Bearer x" },
      prometheusCredentials: { secretName, tokenKey: "t" },
      additionalPrometheusCredentials: { eu: { secretName, tokenKey: "t" } },
    });
  expect(inputErrorsOf(attempt)).toEqual([
    ["prometheusCredentials.tokenKey", "ASM_AUTHORIZATION_TWICE"],
    ["additionalPrometheusCredentials.eu", "ASM_ARGUMENT_MISPLACED"],
  ]);
});
