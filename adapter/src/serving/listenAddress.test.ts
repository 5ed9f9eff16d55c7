import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "@jest/globals";
import { listenAddress } from "./listenAddress.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ family }) => family === "IPv6"),
);

/** The addresses of this machine on which a server with this address can be reached. */
async function reachable(host: string): Promise<string[]> {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, listenAddress(host));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answers = await Promise.all(
    ["127.0.0.1", "::1"].map(async (address) => {
      const socket = connect(port, address);
      const isOpen = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      return isOpen ? [address] : [];
    }),
  );
  server.close();
  return answers.flat();
}

test.each(["", "0.0.0.0", "::"])("a server on %j is reached over every address family", async (host) => {
  expect(await reachable(host)).toEqual(hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]);
});

test("a server on one address is reached on that address alone", async () => {
  expect(await reachable("127.0.0.1")).toEqual(["127.0.0.1"]);
});
