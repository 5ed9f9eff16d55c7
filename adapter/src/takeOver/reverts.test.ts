import { describe, expect, test } from "@jest/globals";
import { APIS, inBase64, KEDA, order, type TakeOverScene, takeOverScene } from "./takeOver.testing.ts";

describe.each(APIS)("of %s", (_name, api) => {
  /** A scene in which an adapter has an order, and a program that undoes each take-over. */
  async function contested(writer: string) {
    const scene = await takeOverScene(api);
    const { cluster, theirs } = scene;
    cluster.order = order();
    const takenAt: number[] = [];
    cluster.onWrite = (apiService) => {
      if (apiService.owner !== "adapter") return;
      takenAt.push(scene.time.ms);
      Object.assign(apiService, { owner: KEDA, caBundle: inBase64(theirs), writer, serviceWriter: writer });
    };
    return { scene, takenAt };
  }

  const state = (scene: TakeOverScene) => scene.data();

  describe("an APIService that another program gives back after each take-over", () => {
    test("is taken over less and less often, and the adapter says once who it is and what to do", async () => {
      const { scene, takenAt } = await contested("argocd-controller");
      const replica = scene.start();
      await scene.look(3_600, replica);
      const gaps = takenAt.slice(1).map((at, i) => at - (takenAt[i] ?? 0));
      expect(gaps.length).toBeGreaterThan(8);
      for (const [i, gap] of gaps.entries()) {
        const least = Math.min(5_000 * 2 ** i, 300_000);
        expect(gap).toBeGreaterThanOrEqual(least);
        expect(gap).toBeLessThan(least + 15_000);
      }
      expect(state(scene)).toMatchObject({ state: "Waiting", takeOvers: `${takenAt.length}` });
      expect(state(scene)?.["message"]).toMatch(
        new RegExp(
          `^ASM_TAKE_OVER_REVERTED: "argocd-controller" gives APIService (${api.apiServices.join("|")}) back to ${KEDA} .*ignoreDifferences`,
        ),
      );
      expect(replica.state()[0]).toMatchObject({
        state: "waiting",
        takeOvers: takenAt.length,
        problem: { code: "ASM_TAKE_OVER_REVERTED" },
      });
      const told = scene.told.filter((line) => line.includes("ASM_TAKE_OVER_REVERTED"));
      expect(new Set(told).size).toBe(1);
      expect(told.length).toBeLessThanOrEqual(8);
    });

    test("is taken over after a few seconds each time if it keeps this adapter's CA, because then nothing can be read", async () => {
      const { scene, takenAt } = await contested("kubectl-edit");
      const { cluster } = scene;
      cluster.onWrite = (apiService) => {
        if (apiService.owner !== "adapter") return;
        takenAt.push(scene.time.ms);
        Object.assign(apiService, { owner: KEDA, writer: undefined, serviceWriter: "kubectl-edit" });
      };
      await scene.look(300, scene.start());
      const gaps = takenAt.slice(1).map((at, i) => at - (takenAt[i] ?? 0));
      expect(gaps.length).toBeGreaterThan(8);
      expect(Math.max(...gaps)).toBeLessThan(30_000);
    });

    test("is waited for as long by a replica that starts anew, because the order has the number", async () => {
      const { scene, takenAt } = await contested("argocd-controller");
      await scene.look(600, scene.start());
      const before = takenAt.length;
      await scene.look(200, scene.start());
      expect(takenAt.length - before).toBeLessThanOrEqual(1);
    });

    test.each([
      ["kustomize-controller", "kustomize.toolkit.fluxcd.io/ssa"],
      ["helm-controller", "helm.sh/resource-policy"],
      ["Helm", "post-renderer"],
      ["kubectl-edit", "--show-managed-fields"],
    ])("has the remedy for %s", async (writer, remedy) => {
      const { scene } = await contested(writer);
      await scene.look(12, scene.start());
      expect(state(scene)?.["message"]).toContain(`"${writer}"`);
      expect(state(scene)?.["message"]).toContain(remedy);
    });

    test("stays ours once that ends, with the problem for two hours", async () => {
      const { scene } = await contested("argocd-controller");
      const replica = scene.start();
      await scene.look(20, replica);
      scene.cluster.onWrite = undefined;
      await scene.look(60, replica);
      expect(state(scene)).toMatchObject({
        state: "TakenOver",
        message: expect.stringMatching(/belongs to .* ASM_TAKE_OVER_REVERTED: "argocd-controller" gives/),
      });
      expect(replica.state()[0]).toMatchObject({ state: "taken-over", problem: { code: "ASM_TAKE_OVER_REVERTED" } });
      scene.time.ms += 2 * 3_600_000;
      await scene.look(1, replica);
      expect(state(scene)?.["message"]).not.toContain("ASM_");
      expect(replica.state()[0]).not.toHaveProperty("problem");
    });

    test("that is given back once in a while is taken over at once", async () => {
      const scene = await takeOverScene(api);
      const { cluster, theirs } = scene;
      cluster.order = order();
      const replica = scene.start();
      await scene.look(2, replica);
      for (let upgrade = 0; upgrade < 10; upgrade++) {
        scene.time.ms += 3_600_000;
        cluster.meanwhile = () => Object.assign(cluster.apiService ?? {}, { owner: KEDA, caBundle: inBase64(theirs) });
        await replica.look();
        await scene.look(2, replica);
        expect(cluster.apiService?.owner).toBe("adapter");
      }
    });
  });

  describe("two installations of this adapter with an order each", () => {
    /** The order of the other one is in another namespace of a real cluster, and in another fake cluster here. */
    async function pair() {
      const [first, second] = [await takeOverScene(api), await takeOverScene(api)];
      for (const { cluster } of [first, second]) cluster.order = order();
      const other = first.start();
      await first.look(3, other);
      return { first, second, other };
    }

    test("do not take the APIService from each other: the second one waits and names the first", async () => {
      const { first, second } = await pair();
      // What the first one wrote.
      const taken = { ...first.cluster.apiService, owner: "kube-system/adapter" };
      second.cluster.apiService = taken;
      const replica = second.start({ service: { namespace: "metrics", name: "adapter" } });
      await second.look(100, replica);
      expect(second.cluster.writes).toBe(0);
      expect(second.data()).toMatchObject({
        state: "Waiting",
        message: expect.stringMatching(
          /^ASM_TAKE_OVER_RIVAL: another installation of this adapter, kube-system\/adapter, .* metrics\/adapter .*give-back --serving-service=kube-system\/adapter/,
        ),
      });
      // Also while somebody has given it back to the replaced adapter.
      second.cluster.apiService = { ...taken, owner: KEDA };
      await second.look(20, replica);
      expect(second.cluster.writes).toBe(0);
      // And the deletion of its order does not touch what the first one remembers.
      second.cluster.deleteOrder();
      await second.look(1, replica);
      expect(second.cluster.order).toBeUndefined();
      expect(second.cluster.writes).toBe(0);
      expect(taken.replaced).toContain('"by":"kube-system/adapter"');
    });

    test("that compare at the same time leave each other's CA in the caBundle, and remember neither", async () => {
      const scene = await takeOverScene(api);
      const { cluster, theirs } = scene;
      cluster.order = order();
      const replica = scene.start();
      cluster.onWrite = (apiService) => {
        if (apiService.owner !== KEDA) return;
        cluster.onWrite = undefined;
        const text = Buffer.from(apiService.caBundle ?? "", "base64").toString();
        const end = "# End: added by asm-metrics-adapter";
        apiService.caBundle = inBase64(
          `${text}\n# Begin: added by asm-metrics-adapter metrics/adapter\n${theirs}${end} metrics/adapter\n`,
        );
      };
      await scene.look(3, replica);
      expect(cluster.apiService?.owner).toBe("adapter");
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(cluster.apiService).toEqual({ owner: KEDA, caBundle: inBase64(theirs) });
    });
  });
});
