import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { addressBlock, claimAddressBlock } from "./addresses.ts";

describe("the addresses of a block", () => {
  test("pod addresses are all different and inside the pod range", () => {
    const block = addressBlock(77);
    const all = Array.from({ length: 4094 }, (_, index) => block.pod(index + 1));
    expect(new Set(all).size).toBe(4094);
    expect(all[0]).toBe("127.77.16.1");
    expect(all.at(-1)).toBe("127.77.31.254");
    for (const address of all) expect(Number(address.split(".")[2]) >> 4).toBe(1);
  });

  test("a pod number outside 1 to 4094 is refused", () => {
    const outside = fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 4095 }));
    fc.assert(fc.property(outside, (number) => expect(() => addressBlock(64).pod(number)).toThrow("ASM_POD_ADDRESS")));
  });
});

describe("claiming a block", () => {
  const port = 41443;

  test("a second claim gets another block, and a released block is free again", async () => {
    const first = await claimAddressBlock(port);
    const second = await claimAddressBlock(port);
    expect(second.block.number).not.toBe(first.block.number);
    await first.release();
    const third = await claimAddressBlock(port);
    expect(third.block.number).toBe(first.block.number);
    await Promise.all([second.release(), third.release()]);
  });

  test("what connects to the kubernetes Service reaches the API server, and release ends it", async () => {
    const { block, release } = await claimAddressBlock(port);
    const apiServer = createServer((socket: Socket) => socket.end("from the API server"));
    apiServer.listen(6443, block.component(2));
    await once(apiServer, "listening");
    const answered = await buffer(connect(port, block.kubernetesService));
    expect(answered.toString()).toBe("from the API server");

    apiServer
      .removeAllListeners("connection")
      .on("connection", (socket: Socket) => socket.on("error", () => {}).write("held"));
    const held = connect(port, block.kubernetesService);
    await once(held, "data");
    const closed = once(held, "close");
    await release();
    await closed;
    apiServer.close();
  });

  test("a listener on all addresses is named with its port", async () => {
    const everywhere = createServer().listen(0, "0.0.0.0");
    await once(everywhere, "listening");
    const { port: taken } = everywhere.address() as AddressInfo;
    await expect(claimAddressBlock(taken)).rejects.toThrow(`ASM_NO_FREE_ADDRESSES: Port ${taken} is in use`);
    everywhere.close();
  });
});
