import { problem } from "@asm-autoscaler/hpa-metrics";
import { describe, expect, test } from "@jest/globals";
import { APIS, KEDA, order, takeOverScene } from "./takeOver.testing.ts";
import type { TakeOver } from "./takeOver.ts";

describe.each(APIS)("of %s", (_name, api) => {
  const API_SERVICE = "/apiservices/";
  const ORDER = "/configmaps/";

  /** A scene in which an adapter has taken the APIService over. */
  async function takenOver() {
    const scene = await takeOverScene(api);
    scene.cluster.order = order();
    const replica = scene.start();
    await scene.look(3, replica);
    expect(scene.data()).toMatchObject({ state: "TakenOver" });
    return { scene, replica, cluster: scene.cluster };
  }

  describe("the status in the order", () => {
    test("stays TakenOver while the APIService cannot be read, and says why", async () => {
      const { scene, replica, cluster } = await takenOver();
      const before = scene.data()["message"];
      cluster.failing = (_, path) => (path.includes(API_SERVICE) ? 503 : undefined);
      await scene.look(3, replica);
      expect(scene.data()).toMatchObject({
        state: "TakenOver",
        message: expect.stringMatching(/^ASM_TAKE_OVER_FAILED: /),
      });
      expect(replica.state()[0]).toMatchObject({ state: "taken-over", problem: { code: "ASM_TAKE_OVER_FAILED" } });
      cluster.failing = undefined;
      await scene.look(1, replica);
      expect(scene.data()).toMatchObject({ state: "TakenOver", message: before });
      expect(scene.data()).not.toHaveProperty("reporter");
      expect(replica.state()[0]).not.toHaveProperty("problem");
    });

    test("is written by one of several replicas with different reasons, and only when something changes", async () => {
      const scene = await takeOverScene(api);
      const { cluster } = scene;
      cluster.order = order();
      cluster.hpas = [api.hpa("queue", "s0-rabbitmq")];
      scene.serves.owner = new Set(["s0-rabbitmq"]);
      const replicas = [scene.start(), scene.start({ keepsPair: false }), scene.start()];
      const messages: string[] = [];
      let writes = 0;
      cluster.failing = (method, path) => {
        if (method === "PATCH" && path.includes(ORDER)) writes += 1;
        return undefined;
      };
      for (let i = 0; i < 120; i++) {
        await scene.look(1, ...replicas);
        const message = scene.data()["message"] ?? "";
        if (message !== messages.at(-1)) messages.push(message);
      }
      expect(messages.length).toBeLessThanOrEqual(2);
      // The reporter says every 15 s that it lives. Each of the others may have lost the race for the first write.
      expect(writes).toBeLessThan(16);
      // And all replicas show what it says.
      expect(new Set(replicas.map((one) => one.state()[0]?.state))).toEqual(new Set(["waiting"]));
      const codes = scene.told.filter((line) => line.includes("ASM_TAKE_OVER"));
      expect(codes).toHaveLength(1);
    });

    test("gets another writer one minute after the one that wrote it has stopped", async () => {
      const scene = await takeOverScene(api);
      const { cluster, serves } = scene;
      cluster.order = order();
      serves.api = 503;
      const [dead, other] = [scene.start(), scene.start()];
      await scene.look(1, dead);
      serves.api = 200;
      await scene.look(58, other);
      expect(cluster.apiService?.owner).toBe(KEDA);
      await scene.look(10, other);
      expect(cluster.apiService?.owner).toBe("adapter");
    });

    test("gets another writer at once when the one that wrote it stops in order", async () => {
      const scene = await takeOverScene(api);
      const { cluster, serves } = scene;
      cluster.order = order();
      serves.api = 503;
      const [stopping, other] = [scene.start(), scene.start()];
      await scene.look(1, stopping);
      await stopping.look(true);
      expect(scene.data()).toMatchObject({ state: "Waiting", message: expect.stringContaining("UNREACHABLE") });
      serves.api = 200;
      await scene.look(2, other);
      expect(cluster.apiService?.owner).toBe("adapter");
    });

    test("says that another program removes the CA after the take-over, and no other replica overwrites that", async () => {
      const { scene } = await takenOver();
      const contested = problem("ASM_CA_BUNDLE_CONTESTED", '"keda" removes this adapter\'s CA');
      let found: typeof contested | undefined = contested;
      const [sees, other] = [scene.start({ contestProblems: () => (found ? [found] : []) }), scene.start()];
      await scene.look(30, sees, other);
      expect(scene.data()).toMatchObject({
        state: "TakenOver",
        message: expect.stringMatching(/^APIService .*belongs to .* ASM_CA_BUNDLE_CONTESTED: "keda" removes/),
      });
      found = undefined;
      await scene.look(2, sees, other);
      expect(scene.data()["message"]).not.toContain("ASM_");
    });
  });

  test("problems that come and go are logged at most once a minute, and the same one every ten minutes", async () => {
    const { scene, replica, cluster } = await takenOver();
    let reads = 0;
    cluster.failing = (_, path) => (path.includes(API_SERVICE) ? [undefined, 500, 503][reads++ % 3] : undefined);
    await scene.look(300, replica);
    const told = scene.told.filter((line) => line.includes("ASM_TAKE_OVER_FAILED"));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(6);
  });

  describe("an order that the adapter may not use", () => {
    const waits = async (replica: TakeOver, looks: number) => {
      const times: number[] = [];
      for (let i = 0; i < looks; i++) times.push(await replica.look());
      return times;
    };

    test.each([
      [403, "GET", "read", "Allow the adapter's ServiceAccount `get` of the ConfigMap"],
      [500, "GET", "read", "Check that the API server answers"],
      [403, "PATCH", "changed", "Allow the adapter's ServiceAccount `patch` of the ConfigMap"],
      [422, "PATCH", "changed", "Check that the API server answers"],
    ])(
      "%i on %s is reported once, with the right, and tried again less and less often",
      async (status, verb, done, remedy) => {
        const scene = await takeOverScene(api);
        const { cluster } = scene;
        cluster.order = order();
        cluster.hpas = [api.hpa("web", "requests")];
        let metricReads = 0;
        cluster.failing = (method, path) => {
          if (path.includes("external.metrics.k8s.io/v1beta1/")) metricReads += 1;
          return method === verb && path.includes(ORDER) ? status : undefined;
        };
        const replica = scene.start();
        expect(await waits(replica, 6)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
        const [found] = replica.state();
        expect(found).toMatchObject({ state: "unknown", problem: { code: "ASM_TAKE_OVER_ORDER" } });
        expect(found?.problem?.message).toContain(
          `ConfigMap kube-system/asm-metrics-adapter-take-over, cannot be ${done}`,
        );
        expect(found?.problem?.remedy).toContain(remedy);
        expect(scene.told.filter((line) => line.includes("ASM_TAKE_OVER_ORDER"))).toHaveLength(1);
        // Without the finalizer and the reporter, nothing begins.
        expect([cluster.writes, metricReads]).toEqual([0, 0]);
        cluster.failing = undefined;
        await scene.look(3, replica);
        expect(scene.data()).toMatchObject({ state: "TakenOver" });
      },
    );

    test("after the take-over, leaves the API and the state as they are", async () => {
      const { scene, replica, cluster } = await takenOver();
      cluster.failing = (_, path) => (path.includes(ORDER) ? 403 : undefined);
      await scene.look(3, replica);
      expect(replica.state()[0]).toMatchObject({ state: "taken-over", problem: { code: "ASM_TAKE_OVER_ORDER" } });
      expect(cluster.apiService?.owner).toBe("adapter");
    });

    test("when it is deleted, says that the finalizer cannot be removed", async () => {
      const { scene, replica, cluster } = await takenOver();
      cluster.failing = (method, path) => (method === "PATCH" && path.includes(ORDER) ? 403 : undefined);
      cluster.deleteOrder();
      await scene.look(2, replica);
      expect(cluster.apiService?.owner).toBe(KEDA);
      expect(scene.told.join("\n")).toMatch(/ASM_TAKE_OVER_ORDER: .*cannot be changed.*`patch`/);
    });
  });

  test("without an order, the adapter looks every 30 s two minutes after its start, and every 5 s with one", async () => {
    const scene = await takeOverScene(api);
    const replica = scene.start();
    expect(await replica.look()).toBe(5_000);
    scene.time.ms += 120_000;
    expect(await replica.look()).toBe(30_000);
    scene.cluster.order = order();
    await scene.look(2, replica);
    expect(await replica.look()).toBe(5_000);
  });
});
