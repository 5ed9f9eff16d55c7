// A server with a planted fault: it takes the square of the length of a header.
import { createServer } from "node:http";

const server = createServer({ maxHeaderSize: 1 << 20 }, ({ headers }, response) => {
  const { accept = "" } = headers;
  let equal = 0;
  for (const one of accept) for (const other of accept) if (one === other) equal++;
  response.end(String(equal));
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
