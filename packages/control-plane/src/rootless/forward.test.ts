import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { forwardConnections } from "./forward.ts";

test("a request goes through a Unix socket to a server and back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asm-forward-"));
  const server = createServer((request, response) => void response.end(`you asked for ${request.url}`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = join(folder, "0.sock");
  const inner = await forwardConnections({ path: socket }, { host: "127.0.0.1", port });
  const outer = await forwardConnections({ host: "127.0.0.1", port: 0 }, { path: socket });
  try {
    const response = await fetch(`http://127.0.0.1:${outer.port}/path`, { headers: { connection: "close" } });
    expect(await response.text()).toBe("you asked for /path");
    await expect(forwardConnections({ host: "127.0.0.1", port }, { path: socket })).rejects.toThrow(/EADDRINUSE/);
  } finally {
    outer.stop();
    inner.stop();
    server.close();
    await rm(folder, { recursive: true });
  }
  await expect(fetch(`http://127.0.0.1:${outer.port}/`)).rejects.toThrow();
});

test("a connection ends if nothing listens at its target", async () => {
  const forwarder = await forwardConnections({ host: "127.0.0.1", port: 0 }, { path: "/nowhere.sock" });
  try {
    await expect(fetch(`http://127.0.0.1:${forwarder.port}/`)).rejects.toThrow();
  } finally {
    forwarder.stop();
  }
});
