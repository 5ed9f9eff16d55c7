import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const hook = new URL("loopbackOnly.ts", import.meta.url).href;
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((_request, response) => response.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => void server.close());

/** What a program prints, whose connections go through the hook. */
async function printed(program: string): Promise<string> {
  const child = spawn(process.execPath, ["--import", hook, "--input-type=module", "-e", program]);
  let text = "";
  child.stdout.on("data", (part) => {
    text += part;
  });
  child.stderr.on("data", (part) => {
    text += part;
  });
  await once(child, "close");
  return text;
}

test.each([
  ["by http", 'import http from "node:http"; http.get("http://cloud.example/");', "cloud.example"],
  ["by https", 'import https from "node:https"; https.get("https://192.0.2.1/");', "192.0.2.1"],
  ["by fetch", 'fetch("https://cloud.example/").catch((error) => console.log(error.cause));', "cloud.example"],
  ["by a socket", 'import net from "node:net"; net.connect(443, "192.0.2.1");', "192.0.2.1"],
])("a connection to another machine is refused %s, and the machine named", async (_how, program, machine) => {
  expect(await printed(program)).toContain(`ASM_PREVIEW_NETWORK: The program would connect to ${machine}`);
});

test("this machine can be talked to", async () => {
  const get = 'import http from "node:http"; http.get(URL_OF, (answer) => answer.pipe(process.stdout));';
  expect(await printed(get.replace("URL_OF", JSON.stringify(`http://127.0.0.1:${port}/`)))).toBe("hello");
  expect(await printed(`console.log(await (await fetch("http://localhost:${port}/")).text())`)).toContain("hello");
});
