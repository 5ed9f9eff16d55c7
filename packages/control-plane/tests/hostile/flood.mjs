// A flood of unauthenticated connections, as a process of its own: so many connections a second for so long, on all
// ports, of several kinds, each left open. node flood.mjs HOST FROM_ADDRESS PER_SECOND SECONDS PORT[:tls] …
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

const [host, localAddress, perSecond, seconds, ...ports] = process.argv.slice(2);
const KINDS = [
  "",
  "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
  `GET /livez HTTP/1.1\r\nHost: x\r\nX-Unfinished: ${"x".repeat(30_000)}`,
  `GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: ${",".repeat(30_000)}\r\n\r\n`,
  `POST /validate-autoscaling HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{`,
  "GET /apis/external.metrics.k8s.io/v1beta1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer made-up\r\n\r\n",
];
/** So many connections are kept; the oldest goes. */
const KEPT = 3_000;
const kept = [];
let opened = 0;

const open = () => {
  const [port, isTls] = ports[opened % ports.length].split(":");
  const bytes = KINDS[Math.floor(opened / ports.length) % KINDS.length];
  opened++;
  const options = { host, port: Number(port), localAddress };
  const socket = isTls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
  socket.on("error", () => undefined).resume();
  socket.once(isTls ? "secureConnect" : "connect", () => bytes && socket.write(bytes));
  kept.push(socket);
  if (kept.length > KEPT) kept.shift().destroy();
};

const every = 20;
const end = Date.now() + Number(seconds) * 1_000;
const timer = setInterval(() => {
  for (let n = 0; n < (Number(perSecond) * every) / 1_000; n++) open();
  if (Date.now() < end) return;
  clearInterval(timer);
  process.stdout.write(`${opened}\n`, () => process.exit());
}, every);
