import { beforeAll, describe, expect, test } from "@jest/globals";
import { fakeCluster } from "../serving/kubernetes.testing.ts";
import { makeServingAuthority } from "../serving/servingCertificate.ts";
import { readTrust } from "./delegateTrust.ts";

const KEDA = { namespace: "keda", name: "metrics" };
const inBase64 = (text: string) => Buffer.from(text).toString("base64");
let ca = "";
beforeAll(async () => {
  ca = (await makeServingAuthority(Date.now())).cert;
});

describe("ca=apiservice", () => {
  const trustWith = async (apiService: ReturnType<typeof fakeCluster>["apiService"]) => {
    const cluster = fakeCluster();
    cluster.apiService = apiService;
    return readTrust({ from: "apiservice" }, KEDA, cluster.kubernetes);
  };

  test("is the caBundle while the APIService belongs to the delegate, and what is remembered of it afterwards", async () => {
    const wanted = { ca, rejectUnauthorized: true };
    expect(await trustWith({ owner: "keda/metrics", caBundle: inBase64(ca) })).toEqual(wanted);
    const replaced = JSON.stringify({ service: { ...KEDA, port: 443 }, caBundle: inBase64(ca) });
    expect(await trustWith({ owner: "adapter", caBundle: inBase64("ours"), replaced })).toEqual(wanted);
  });

  test("is never the CA of somebody else", async () => {
    const other = JSON.stringify({ service: { namespace: "datadog", name: "metrics" }, caBundle: inBase64(ca) });
    for (const [apiService, sentence] of [
      [undefined, "does not exist"],
      [{ owner: "adapter", caBundle: inBase64(ca) }, "belongs to kube-system/adapter and remembers no other Service"],
      [{ owner: "adapter", caBundle: inBase64(ca), replaced: other }, "is about datadog/metrics"],
      [{ owner: "adapter", caBundle: inBase64(ca), replaced: "{" }, "remembers no other Service"],
      [{ owner: "keda/metrics", insecureSkipTLSVerify: true }, "has no certificate"],
    ] as const)
      await expect(trustWith(apiService && { ...apiService })).rejects.toThrow(sentence);
  });
});
