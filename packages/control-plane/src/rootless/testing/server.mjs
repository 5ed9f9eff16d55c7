// Runs in namespaces in a test: a server on a port that needs privileges, which it publishes. It writes the URL for the
// user to the file `url`, and ends when there is a file `stop`.
import { existsSync, renameSync, watch, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createPublisher } from "../publisher.ts";

const [folder] = process.argv.slice(2);
const publisher = createPublisher(folder);
const server = createServer((_request, response) => response.end(String(process.getuid())));
server.listen(443, "127.64.0.1", async () => {
  writeFileSync(`${folder}/url.part`, await publisher.publishUrl("http://127.64.0.1:443"));
  renameSync(`${folder}/url.part`, `${folder}/url`);
});
watch(folder, () => {
  if (existsSync(`${folder}/stop`)) process.exit(7);
});
