import { describe, expect, test } from "@jest/globals";
import { giveBackOrder } from "./giveBackOrder.ts";
import { orderStore } from "./order.ts";
import { APIS, inBase64, KEDA, order, takeOverScene } from "./takeOver.testing.ts";

describe.each(APIS)("of %s", (_name, api) => {
  /** The APIService of the scene before anything happens. */
  const before = (theirs: string) => ({ owner: KEDA, caBundle: inBase64(theirs) });

  /** A scene in which an adapter has taken the APIService over. */
  async function takenOver() {
    const scene = await takeOverScene(api);
    scene.cluster.order = order();
    const replica = scene.start();
    await scene.look(2, replica);
    return { scene, replica, cluster: scene.cluster, theirs: scene.theirs };
  }

  describe("an order takes the APIService over", () => {
    test("in one write, and its deletion gives back exactly what was there", async () => {
      const scene = await takeOverScene(api);
      const { cluster, theirs, ours, told } = scene;
      const writes: string[] = [];
      cluster.onWrite = ({ owner }) => void writes.push(owner);
      const replica = scene.start();
      await scene.look(3, replica);
      expect(cluster.apiService).toEqual(before(theirs));
      cluster.order = order();
      await scene.look(3, replica);
      expect(cluster.apiService).toMatchObject({ owner: "adapter", caBundle: inBase64(ours) });
      expect(scene.data()).toMatchObject({
        state: "TakenOver",
        message: `APIService ${api.apiServices[0]} belongs to kube-system/adapter. It replaced ${KEDA}.`,
      });
      expect(replica.state()[0]).toMatchObject({ state: "taken-over" });
      // KEDA's CA stays until the Service changes, in the same write.
      expect(writes).toEqual([KEDA, "adapter"]);
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(cluster.apiService).toEqual(before(theirs));
      expect(cluster.order).toBeUndefined();
      expect(told.at(-1)).toContain(`is given back to ${KEDA}`);
      await scene.look(2, replica);
      expect(replica.state()).toEqual([]);
      expect(cluster.apiService).toEqual(before(theirs));
    });

    test("from an owner whose certificate nobody verifies, and gives that back too", async () => {
      const scene = await takeOverScene(api);
      const { cluster, ours } = scene;
      cluster.apiService = { owner: KEDA, insecureSkipTLSVerify: true };
      cluster.order = order();
      const replica = scene.start();
      await scene.look(2, replica);
      expect(cluster.apiService).toMatchObject({ owner: "adapter", caBundle: inBase64(ours) });
      expect(cluster.apiService).not.toHaveProperty("insecureSkipTLSVerify");
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(cluster.apiService).toEqual({ owner: KEDA, insecureSkipTLSVerify: true });
    });

    test("also if it was created without the finalizer, which the adapter adds before it changes anything", async () => {
      const scene = await takeOverScene(api);
      const { cluster } = scene;
      cluster.order = order([]);
      const replica = scene.start();
      const seen: unknown[] = [];
      cluster.onWrite = () => void seen.push({ finalizers: cluster.order?.finalizers, data: scene.data() });
      await scene.look(2, replica);
      expect(seen[0]).toMatchObject({ finalizers: ["asm-metrics-adapter/give-back"], data: { state: "Waiting" } });
      expect(cluster.apiService?.owner).toBe("adapter");
    });

    test.each<[string, (theirs: string) => object]>([
      // Helm changes what it knows of. The annotation stays.
      ["the other adapter was installed anew, as Helm does", before],
      ["somebody wrote only the Service back, and still remembers the other adapter's CA", () => ({ owner: KEDA })],
    ])("again after %s", async (_, changed) => {
      const { scene, cluster, theirs, replica } = await takenOver();
      cluster.meanwhile = () => Object.assign(cluster.apiService ?? {}, changed(theirs));
      await replica.look();
      await scene.look(8, replica);
      expect(cluster.apiService?.owner).toBe("adapter");
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(cluster.apiService).toEqual(before(theirs));
    });

    test("and gives the CA back, too, if somebody wrote only the Service back", async () => {
      const { scene, cluster, theirs, replica } = await takenOver();
      Object.assign(cluster.apiService ?? {}, { owner: KEDA });
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(cluster.apiService).toEqual(before(theirs));
    });

    test("and replicas that race give the same result: no order or APIService is written twice", async () => {
      const scene = await takeOverScene(api);
      const { cluster, theirs } = scene;
      cluster.order = order();
      const replicas = [scene.start(), scene.start(), scene.start()];
      await scene.look(6, ...replicas);
      expect(cluster.apiService?.owner).toBe("adapter");
      expect(cluster.writes).toBe(2);
      cluster.deleteOrder();
      await scene.look(3, ...replicas);
      expect(cluster.apiService).toEqual(before(theirs));
      expect(cluster.order).toBeUndefined();
      expect(cluster.writes).toBe(3);
    });

    test("only if the order still exists: what one replica gives back, another does not take", async () => {
      for (const isForced of [false, true]) {
        const scene = await takeOverScene(api);
        const { cluster, theirs } = scene;
        cluster.order = order();
        const [slow, other] = [scene.start(), scene.start()];
        // The order is deleted, and given back by the other replica, while the slow one waits for KEDA.
        let gaveBack: Promise<number> | undefined;
        scene.onWait = () => {
          if (isForced) cluster.order = undefined;
          else cluster.deleteOrder();
          gaveBack ??= other.look();
        };
        await slow.look();
        await gaveBack;
        scene.onWait = undefined;
        await scene.look(3, slow, other);
        expect(cluster.apiService).toEqual(before(theirs));
        expect(cluster.order).toBeUndefined();
      }
    });
  });

  describe("an order waits, and says why,", () => {
    test.each([
      ["ASM_TAKE_OVER_ABSENT", "not exist", "Remove `takeOver`"],
      [
        "ASM_TAKE_OVER_UNREACHABLE",
        "through its own Service kube-system/adapter (HTTP 503: not ready)",
        "pods are ready",
      ],
      [
        "ASM_TAKE_OVER_LOSES",
        `HPA test/queue would lose the ${api.words("s0-rabbitmq")}, which ${KEDA} serves`,
        "--delegate",
      ],
      ["ASM_TAKE_OVER_CERTIFICATE", "does not make its own serving certificate", "--serving-secret"],
      ["ASM_TAKE_OVER_CONTESTED", '"keda" removes this adapter\'s CA', "--enable-apiservice-patching=false"],
      ["ASM_TAKE_OVER_FAILED", "refused", "as `MetricsAdapter` does"],
    ])("%s", async (code, sentence, remedy) => {
      const scene = await takeOverScene(api);
      const { cluster, serves, theirs, told } = scene;
      cluster.order = order();
      cluster.hpas = [api.hpa("web", "s0-cron", "unknown"), api.hpa("queue", "s0-rabbitmq")];
      serves.owner = new Set(["s0-cron", "s0-rabbitmq"]);
      serves.ours = new Set(serves.owner);
      if (code === "ASM_TAKE_OVER_ABSENT") cluster.apiService = undefined;
      if (code === "ASM_TAKE_OVER_UNREACHABLE") serves.api = 503;
      if (code === "ASM_TAKE_OVER_LOSES") serves.ours.delete("s0-rabbitmq");
      if (code === "ASM_TAKE_OVER_FAILED") cluster.refuse = 403;
      if (code === "ASM_TAKE_OVER_CONTESTED") cluster.onWrite = (one) => restoredByKeda(one, theirs);
      const replica = scene.start(code === "ASM_TAKE_OVER_CERTIFICATE" ? { keepsPair: false } : {});
      await scene.look(20, replica);
      const message = scene.data()["message"];
      expect(scene.data()).toMatchObject({ state: "Waiting" });
      expect(message).toContain(`${code}: `);
      expect(message).toContain(sentence);
      expect(message).toContain(remedy);
      expect(replica.state()[0]).toMatchObject({ state: "waiting", problem: { code } });
      // It is told once.
      expect(told.filter((line) => line.includes(code))).toEqual([message]);
      if (code !== "ASM_TAKE_OVER_ABSENT") expect(cluster.apiService?.owner).toBe(KEDA);
      if (code === "ASM_TAKE_OVER_CONTESTED") expect(cluster.writes).toBe(1);
      // The reason goes, and the adapter takes the APIService over.
      if (code === "ASM_TAKE_OVER_CERTIFICATE") return;
      Object.assign(cluster, { refuse: 0, onWrite: undefined, apiService: before(theirs) });
      Object.assign(serves, { api: 200, ours: serves.owner });
      await scene.look(70, replica);
      expect(scene.data()).toMatchObject({ state: "TakenOver" });
    });

    test("and nothing happens without the right to read orders, or while the adapter stops", async () => {
      const scene = await takeOverScene(api);
      const { cluster } = scene;
      cluster.order = order();
      const replica = scene.start();
      await replica.look(true);
      expect(cluster.apiService?.owner).toBe(KEDA);
      expect(cluster.writes).toBe(0);
    });
  });

  describe("a deleted order", () => {
    test("gives back the present CA of a delegate, if it is newer than the one of before", async () => {
      const scene = await takeOverScene(api);
      const { cluster, theirs, ours } = scene;
      cluster.order = order();
      // Any other certificate serves as the newer CA.
      let newer = theirs;
      const asked: string[] = [];
      const replica = scene.start({
        async presentCa({ namespace, name }) {
          asked.push(`${namespace}/${name}`);
          return newer;
        },
      });
      await scene.look(2, replica);
      newer = ours;
      cluster.deleteOrder();
      await scene.look(1, replica);
      expect(asked).toEqual([KEDA]);
      expect(cluster.apiService).toEqual({ owner: KEDA, caBundle: inBase64(ours) });
    });

    test("is only removed if the APIService belongs to somebody else, is gone, or replaced nothing", async () => {
      for (const found of [undefined, { owner: "other/adapter" }, { owner: "adapter", caBundle: "" }]) {
        const scene = await takeOverScene(api);
        const { cluster } = scene;
        cluster.apiService = found;
        cluster.order = order();
        cluster.deleteOrder();
        await scene.look(2, scene.start());
        expect(cluster.apiService).toEqual(found);
        expect(cluster.order).toBeUndefined();
        expect(cluster.writes).toBe(0);
      }
    });

    test("stays, and says why, while the APIService cannot be given back; also while the adapter stops", async () => {
      const { scene, cluster, theirs, replica } = await takenOver();
      cluster.refuse = 403;
      cluster.deleteOrder();
      await scene.look(3, replica);
      expect(cluster.order).toMatchObject({ isDeleted: true });
      expect(scene.data()["message"]).toContain("ASM_GIVE_BACK: ");
      expect(replica.state()[0]).toMatchObject({ state: "giving-back", problem: { code: "ASM_GIVE_BACK" } });
      cluster.refuse = 0;
      await replica.look(true);
      expect(cluster.apiService).toEqual(before(theirs));
      expect(cluster.order).toBeUndefined();
    });

    test("does not write nonsense when somebody has edited what it remembers", async () => {
      for (const replaced of ["", "{}", "no JSON", '{"service":{"name":1}}', '{"service":"keda"}']) {
        const scene = await takeOverScene(api);
        const { cluster, ours } = scene;
        cluster.apiService = { owner: "adapter", caBundle: inBase64(ours), replaced };
        cluster.order = order();
        cluster.deleteOrder();
        await scene.look(2, scene.start());
        expect(cluster.apiService.owner).toBe("adapter");
        expect(scene.data()["message"]).toContain("delete the finalizer");
      }
    });
  });

  describe("the command give-back", () => {
    const start = async () => {
      const taken = await takenOver();
      const { kubernetes } = taken.cluster;
      const run = (wait: () => Promise<void>) =>
        giveBackOrder(
          orderStore(kubernetes, "kube-system"),
          {
            ...{ kubernetes, service: { namespace: "kube-system", name: "adapter" } },
            ...{ apiServices: api.apiServices, presentCa: async () => undefined },
          },
          wait,
        );
      return { ...taken, run };
    };

    test("gives back without an adapter, and again does nothing", async () => {
      const { cluster, theirs, run } = await start();
      let waits = 0;
      const wait = async () => void waits++;
      expect((await run(wait)).join()).toContain(`is given back to ${KEDA}`);
      expect(cluster.apiService).toEqual(before(theirs));
      expect(cluster.order).toBeUndefined();
      expect(waits).toBe(12);
      expect((await run(wait)).join()).toContain("nothing to give back");
      expect(waits).toBe(12);
      expect(cluster.apiService).toEqual(before(theirs));
    });

    test("lets a running adapter do it, which may know a newer CA", async () => {
      const { cluster, theirs, run, replica } = await start();
      const { writes } = cluster;
      await run(async () => void (await replica.look()));
      expect(cluster.apiService).toEqual(before(theirs));
      expect(cluster.order).toBeUndefined();
      expect(cluster.writes).toBe(writes + 1);
    });

    test("gives back what an order left that somebody removed by force", async () => {
      const { cluster, theirs, run } = await start();
      cluster.order = undefined;
      expect((await run(async () => undefined)).join()).toContain(`is given back to ${KEDA}`);
      expect(cluster.apiService).toEqual(before(theirs));
    });
  });

  /** KEDA's operator overwrites the `caBundle` at each change of the APIService. */
  function restoredByKeda(apiService: { caBundle?: string; writer?: string }, theirs: string): void {
    apiService.caBundle = inBase64(theirs);
    apiService.writer = "keda";
  }
});
