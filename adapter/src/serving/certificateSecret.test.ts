import { describe, expect, test } from "@jest/globals";
import { agreeOnPair as agreeOnPairAt, type PairStore, type StoredPair } from "./certificateSecret.ts";
import { encodePair, planPair } from "./certificateState.ts";
import { makeServingPair } from "./servingCertificate.ts";

const service = { serviceName: "adapter", namespace: "kube-system" };
const DAY = 86_400_000;
const agreeOnPair = (store: PairStore) => agreeOnPairAt(store, service, Date.now, () => false);

/** A Secret as the API server keeps it: a write against another version is a conflict. */
function secret(initial: Record<string, string> | undefined): PairStore & { writes: number; stored: StoredPair } {
  return {
    stored: { data: initial ?? {}, resourceVersion: initial ? "1" : undefined },
    writes: 0,
    async read() {
      await Promise.resolve();
      return this.stored;
    },
    async write(data, resourceVersion) {
      await Promise.resolve();
      if (resourceVersion !== this.stored.resourceVersion) return "conflict";
      this.writes += 1;
      this.stored = { data, resourceVersion: String(Number(resourceVersion ?? "0") + 1) };
      return "written";
    },
  };
}

describe("replicas agree on one serving pair", () => {
  test("of three that start at once, one writes and all serve the same", async () => {
    const store = secret(undefined);
    const agreed = await Promise.all([1, 2, 3].map(() => agreeOnPair(store)));
    expect(store.writes).toBe(1);
    expect(new Set(agreed.map(({ pair }) => pair.serving.cert)).size).toBe(1);
    expect(agreed.map(({ made }) => made).sort()).toEqual(["authority", "nothing", "nothing"]);
    expect((await planPair(store.stored.data, service, Date.now(), () => false)).made).toBe("nothing");
  });

  test("a good stored pair is used and not written", async () => {
    const pair = { ...(await makeServingPair(service, Date.now())), previous: [] };
    const store = secret(encodePair(pair));
    expect(await agreeOnPair(store)).toEqual({ pair, made: "nothing" });
    expect(store.writes).toBe(0);
  });

  test("an old certificate is replaced by the same authority, so that caBundle stays right", async () => {
    const old = { ...(await makeServingPair(service, Date.now() - 21 * DAY)), previous: [] };
    const store = secret(encodePair(old));
    const { pair, made, reason } = await agreeOnPair(store);
    expect(made).toBe("certificate");
    expect(reason).toMatch(/^the serving certificate expires on/);
    expect(pair.authority).toEqual(old.authority);
    expect(pair.serving.cert).not.toBe(old.serving.cert);
  });

  test("what cannot be read is replaced, and said", async () => {
    const store = secret({ "ca.crt": "AAAA", "ca.key": "AAAA" });
    expect(await agreeOnPair(store)).toMatchObject({
      made: "authority",
      reason: "the authority or its key cannot be read",
    });
  });

  test("an endless quarrel ends with an error that names the Secret's owner", async () => {
    const store = secret(undefined);
    store.write = async () => "conflict";
    await expect(agreeOnPair(store)).rejects.toThrow(
      /^ASM_SERVING_PAIR_CONTENDED: .*kube-system\/adapter was changed by somebody else 5 times/,
    );
  });
});
