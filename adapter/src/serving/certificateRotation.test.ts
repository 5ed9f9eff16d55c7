import { X509Certificate } from "node:crypto";
import { CUSTOM_API_SERVICES, EXTERNAL_API_SERVICE, type Problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { type CaBundleContest, createCaBundleContests } from "./caBundleContest.ts";
import { createPairKeeper } from "./certificateRotation.ts";
import { pairSecret } from "./certificateSecret.ts";
import { type FakeCluster, fakeCluster } from "./kubernetes.testing.ts";
import { createMissingApi } from "./missingApi.ts";
import { expiryOf } from "./pem.ts";
import { makeServingAuthority } from "./servingCertificate.ts";

const DAY = 86_400_000;
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Replicas over one cluster; `look` lets one of them look, `served` is what each serves. */
function scene(apiServices: readonly string[] = [EXTERNAL_API_SERVICE], cluster: FakeCluster = fakeCluster()) {
  const time = { ms: Date.UTC(2026, 10, 24) };
  const told: string[] = [];
  const note = (_: unknown, sentence: string) => void told.push(sentence);
  const replicas: {
    look: () => Promise<number>;
    served: string[];
    contest: CaBundleContest;
    missing: () => Problem | undefined;
  }[] = [];
  const start = () => {
    const served: string[] = [];
    const contests = createCaBundleContests(apiServices, () => time.ms);
    const missingApi = createMissingApi(apiServices, () => time.ms);
    const contest = contests.get(apiServices[0] ?? "");
    if (!contest) throw new Error("the adapter serves no API");
    const look = createPairKeeper({
      kubernetes: cluster.kubernetes,
      store: pairSecret(cluster.kubernetes, { namespace: "kube-system", name: "serving" }),
      secret: "kube-system/serving",
      service: { namespace: "kube-system", name: "adapter" },
      ...{ contests, missingApi },
      serve: ({ cert }) => void served.push(cert),
      log: { info: note, warn: note, error: note },
      clock: { wall: () => time.ms, monotonic: () => time.ms },
    });
    const replica = { look, served, contest, missing: missingApi.problem };
    replicas.push(replica);
    return replica;
  };
  /** What the API server says of each replica's certificate. */
  const accepted = () =>
    replicas.map(({ served }) => {
      const cert = served.at(-1);
      if (cert === undefined) return true;
      const isTrusted = apiServices.every((name) => {
        const isOurs = name === EXTERNAL_API_SERVICE || cluster.others.get(name)?.owner === "adapter";
        return !isOurs || cluster.trusted(name).some((pem) => isIssuer(pem, cert));
      });
      return isTrusted && time.ms < expiryOf(cert);
    });
  return { cluster, time, told, start, replicas, accepted };
}

function isIssuer(authority: string, cert: string): boolean {
  const [issuer, certificate] = [new X509Certificate(authority), new X509Certificate(cert)];
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

describe("two replicas keep one certificate", () => {
  test("over two years the API server accepts both at every moment, whichever of them looks first", async () => {
    const { cluster, time, start, replicas, accepted } = scene();
    start();
    start();
    const authorities = new Set<string>();
    let most = 0;
    const until = time.ms + 730 * DAY;
    for (let round = 0; time.ms < until; round++) {
      for (const replica of round % 2 ? replicas : replicas.toReversed()) {
        await replica.look();
        expect(accepted()).toEqual([true, true]);
      }
      most = Math.max(most, cluster.trusted().length);
      for (const pem of cluster.trusted()) authorities.add(pem);
      time.ms += DAY * (0.2 + 3 * (round % 4));
    }
    expect(most).toBeLessThanOrEqual(3);
    expect(authorities.size).toBeGreaterThanOrEqual(3);
    expect(replicas[0]?.served.length).toBeGreaterThan(20);
    for (const replica of replicas) await replica.look();
    await replicas[0]?.look();
    expect(replicas[0]?.served.at(-1)).toBe(replicas[1]?.served.at(-1));
  });

  test("a certificate of a next authority is served only after that has been in caBundle for five minutes", async () => {
    const { cluster, time, start } = scene();
    const replica = start();
    await replica.look();
    time.ms += 244 * DAY;
    await replica.look();
    const before = cluster.trusted();
    await replica.look();
    expect(cluster.trusted()).toHaveLength(2);
    expect(cluster.trusted()).toEqual(before);
    time.ms += 299_999;
    await replica.look();
    const [, next = ""] = cluster.trusted();
    expect(isIssuer(next, replica.served.at(-1) ?? "")).toBe(false);
    time.ms += 1;
    await replica.look();
    expect(isIssuer(next, replica.served.at(-1) ?? "")).toBe(true);
  });

  test("an emptied Secret gets a new authority at once, and the old one leaves caBundle ten minutes later", async () => {
    const { cluster, time, start, accepted } = scene();
    const [first, second] = [start(), start()];
    await first.look();
    await second.look();
    const [old = ""] = cluster.trusted();
    cluster.secret = {};
    // The bundle is written, and what it trusts is served at the next look.
    expect(await first.look()).toBe(3_000);
    expect(first.served).toHaveLength(1);
    time.ms += 3_000;
    await first.look();
    expect(first.served).toHaveLength(2);
    expect(accepted()).toEqual([true, true]);
    await second.look();
    expect(second.served).toEqual(first.served);
    expect(cluster.trusted()).toContain(old);
    time.ms += 600_000;
    await first.look();
    expect(cluster.trusted()).not.toContain(old);
    expect(accepted()).toEqual([true, true]);
  });

  test("a caBundle that somebody changed is repaired; nothing of a write in between is lost", async () => {
    const { cluster, time, start, accepted } = scene();
    const replica = start();
    await replica.look();
    const ours = cluster.trusted();
    const foreign = await makeServingAuthority(Date.now());
    const service = cluster.apiService ?? { owner: "" };
    service.caBundle = base64("rubbish");
    expect(await replica.look()).toBe(1_000);
    expect(cluster.trusted()).toEqual(ours);
    expect(Buffer.from(service.caBundle ?? "", "base64").toString()).not.toContain("rubbish");

    time.ms += 1_000;
    service.caBundle = "";
    cluster.meanwhile = () => {
      service.caBundle = base64(foreign.cert);
    };
    await replica.look();
    expect(cluster.trusted()).toHaveLength(2);
    expect(cluster.trusted()).toEqual(expect.arrayContaining(ours));
    expect(accepted()).toEqual([true]);
    const { writes } = cluster;
    await replica.look();
    expect(cluster.writes).toBe(writes);
  });

  test("an APIService that is not there yet or cannot be read holds back no first certificate", async () => {
    const { cluster, start, told } = scene();
    cluster.apiService = undefined;
    const early = start();
    expect(await early.look()).toBe(1_000);
    expect(early.served).toHaveLength(1);
    cluster.apiService = { owner: "adapter" };
    cluster.refuse = 403;
    const unable = start();
    expect(await unable.look()).toBe(15_000);
    await unable.look();
    expect(unable.served).toEqual(early.served);
    expect(told.filter((sentence) => sentence.startsWith("ASM_CA_BUNDLE"))).toHaveLength(1);
  });

  test("while the API server cannot say what it trusts, the old certificate stays until its last day", async () => {
    const { cluster, time, start } = scene();
    const replica = start();
    await replica.look();
    cluster.refuse = 500;
    time.ms += 21 * DAY;
    await replica.look();
    expect(replica.served).toHaveLength(1);
    time.ms += 8.5 * DAY;
    await replica.look();
    expect(replica.served).toHaveLength(2);
  });

  test("an APIService of another adapter is left alone, and said", async () => {
    const { cluster, start, told } = scene();
    cluster.apiService = { owner: "other", caBundle: "x" };
    const replica = start();
    expect(await replica.look()).toBe(10_000);
    expect(cluster.apiService.caBundle).toBe("x");
    expect(told.join()).toContain("belongs to the Service kube-system/other");
  });

  test("a program that always removes our CA is named; the two write less and less often, and start again later", async () => {
    const { cluster, time, start, told } = scene();
    const replica = start();
    const { contest } = replica;
    await replica.look();
    await replica.look();
    const keda = base64((await makeServingAuthority(Date.now())).cert);
    cluster.onWrite = (apiService) => Object.assign(apiService, { caBundle: keda, writer: "keda" });
    Object.assign(cluster.apiService ?? {}, { caBundle: keda, writer: "keda" });
    const waits: number[] = [];
    for (let round = 0; round < 9; round++) {
      waits.push(await replica.look());
      time.ms += waits.at(-1) ?? 0;
    }
    expect(waits.map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    const contested = told.filter((sentence) => sentence.startsWith("ASM_CA_BUNDLE_CONTESTED"));
    expect(contested).toHaveLength(1);
    expect(contested[0]).toContain('"keda" removes this adapter\'s CA');
    expect(contested[0]).toContain("--enable-apiservice-patching=false");
    expect(contest.problem()?.code).toBe("ASM_CA_BUNDLE_CONTESTED");
    expect(contest.writeBacks()).toBe(9);
    cluster.onWrite = undefined;
    time.ms += await replica.look();
    expect(await replica.look()).toBe(10_000);
    time.ms += 600_000;
    await replica.look();
    expect(contest.problem()).toBeUndefined();
    cluster.apiService = { owner: "adapter" };
    expect(await replica.look()).toBe(1_000);
  });

  test("insecureSkipTLSVerify goes, since a bundle excludes it", async () => {
    const { cluster, start } = scene();
    cluster.apiService = { owner: "adapter", insecureSkipTLSVerify: true };
    await start().look();
    expect(cluster.apiService).not.toHaveProperty("insecureSkipTLSVerify");
  });
});

describe("of several APIServices", () => {
  const all = [EXTERNAL_API_SERVICE, ...CUSTOM_API_SERVICES];
  const [first, second] = CUSTOM_API_SERVICES;

  test("each gets the same CA, over two years and whichever replica looks first", async () => {
    const { cluster, time, start, replicas, accepted } = scene(all);
    for (const name of CUSTOM_API_SERVICES) cluster.others.set(name, { owner: "adapter" });
    start();
    start();
    const until = time.ms + 730 * DAY;
    for (let round = 0; time.ms < until; round++) {
      for (const replica of round % 2 ? replicas : replicas.toReversed()) {
        await replica.look();
        expect(accepted()).toEqual([true, true]);
      }
      time.ms += DAY * (0.2 + 3 * (round % 4));
    }
    for (const name of all) expect(cluster.trusted(name)).toEqual(cluster.trusted());
  });

  test.each<[string, (cluster: FakeCluster) => void, RegExp | undefined]>([
    ["is missing", ({ others }) => void others.delete(second), undefined],
    [
      "belongs to another adapter",
      ({ others }) => void others.set(second, { owner: "other/adapter", caBundle: "x" }),
      /^ASM_CA_BUNDLE: APIService v1beta2\.custom.* belongs to the Service other\/adapter/,
    ],
    [
      "may not be read",
      (cluster) => {
        cluster.failing = (_, path) => (path.endsWith(second) ? 403 : undefined);
      },
      /^ASM_CA_BUNDLE: APIService v1beta2\.custom.* cannot be updated/,
    ],
  ])("one that %s is reported once and does not stop the others", async (_, change, expected) => {
    const { cluster, time, start, told, accepted } = scene(all);
    for (const name of CUSTOM_API_SERVICES) cluster.others.set(name, { owner: "adapter" });
    change(cluster);
    const replica = start();
    for (let round = 0; round < 20; round++) time.ms += await replica.look();
    expect(cluster.trusted(first)).toEqual(cluster.trusted());
    expect(cluster.trusted()).toHaveLength(1);
    if (cluster.failing === undefined) expect(accepted()).toEqual([true]);
    expect(told.filter((line) => line.startsWith("ASM_"))).toEqual(expected ? [expect.stringMatching(expected)] : []);
    if (cluster.others.get(second)?.owner === "other/adapter") expect(cluster.others.get(second)?.caBundle).toBe("x");
  });

  test("one that another program writes waits longer each time, and the others are checked every 10 s", async () => {
    const { cluster, time, start } = scene(all);
    for (const name of CUSTOM_API_SERVICES) cluster.others.set(name, { owner: "adapter" });
    const replica = start();
    for (let round = 0; round < 3; round++) time.ms += await replica.look();
    let writes = 0;
    const theirs = base64((await makeServingAuthority(Date.now())).cert);
    const steal = () => Object.assign(cluster.others.get(first) ?? {}, { caBundle: theirs });
    cluster.onWrite = (_, name) => {
      if (name !== first) return;
      writes += 1;
      steal();
    };
    steal();
    const until = time.ms + 600_000;
    while (time.ms < until) {
      const waitMs = await replica.look();
      expect(waitMs).toBeLessThanOrEqual(10_000);
      time.ms += waitMs;
    }
    // 1, 2, 4, … 60 s.
    expect(writes).toBeLessThan(20);
  });

  test("the custom metrics API is reported if nobody registers it, and not while Pulumi or Helm may be about to", async () => {
    const { cluster, time, start, told } = scene(all);
    const { look, missing } = start();
    await look();
    time.ms += 59_000;
    await look();
    expect(missing()).toBeUndefined();
    time.ms += 1_000;
    await look();
    await look();
    expect(missing()).toMatchObject({ code: "ASM_CUSTOM_NOT_REGISTERED", severity: "warning" });
    expect(told.filter((line) => line.startsWith("ASM_CUSTOM_NOT_REGISTERED"))).toHaveLength(1);
    cluster.others.set(second, { owner: "adapter" });
    await look();
    expect(missing()).toBeUndefined();
  });

  test("an adapter without custom metrics does not ask for their APIServices", async () => {
    const { cluster, start } = scene();
    const paths: string[] = [];
    cluster.failing = (_, path) => {
      paths.push(path);
      return undefined;
    };
    await start().look();
    expect(paths.filter((path) => path.includes("custom"))).toEqual([]);
  });
});
