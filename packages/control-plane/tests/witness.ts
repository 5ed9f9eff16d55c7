/**
 * A small program for pods of these tests: it tells what it sees of its container. GET /see answers JSON, GET /ready 200 or
 * 503, GET /unready makes it unready from then on, GET /hang makes its liveness fail, GET /end ends it with code 3.
 */
const witnessScript = `
const fs = require("node:fs");
const text = (path) => { try { return fs.readFileSync(path, "utf8"); } catch (error) { return error.code; } };
const write = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };
let ready = true, alive = true;
const answer = (request, response) => {
  if (request.url === "/ready") return response.writeHead(ready ? 200 : 503).end();
  if (request.url === "/alive") return response.writeHead(alive ? 200 : 500).end();
  if (request.url === "/unready") ready = false;
  if (request.url === "/hang") alive = false;
  if (request.url === "/end") process.exit(3);
  response.end(JSON.stringify({
    pod: process.env.POD_NAME, host: process.env.HOST, args: process.argv.slice(2), uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(),
    cwd: process.cwd(), node: process.version, privileges: /NoNewPrivs:\\t1/.test(text("/proc/self/status")), caps: /CapBnd:\\t(\\w+)/.exec(text("/proc/self/status"))[1],
    rootWrite: write("/file"), tmpWrite: write("/tmp/file"), configWrite: write("/app/file"),
    password: text("/etc/asm/secret/password"), fromEnv: process.env.PASSWORD, missing: text("/etc/asm/absent"),
    token: text("/var/run/secrets/kubernetes.io/serviceaccount/token").split(".").length,
    namespace: text("/var/run/secrets/kubernetes.io/serviceaccount/namespace"),
    ca: text("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt").slice(0, 27),
    hostDirectory: fs.existsSync("/home") && fs.readdirSync("/"),
    api: process.env.KUBERNETES_SERVICE_HOST + ":" + process.env.KUBERNETES_SERVICE_PORT,
  }));
};
process.on("SIGTERM", () => { console.log("asked to end"); setTimeout(() => process.exit(0), 200); });
require("node:http").createServer(answer).listen(8080, process.env.POD_IP, () => console.log("witness listens"));
`;

/** Deployment, Service, ConfigMap and Secret of witnesses in a namespace, as one List for kubectl. */
export function witnesses(namespace: string, replicas: number) {
  const metadata = { name: "witness", namespace };
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, periodSeconds: 1, failureThreshold: 2 });
  const container = {
    name: "witness",
    image: "docker.io/library/node:24.21.0-alpine",
    command: ["node", "/app/witness.js"],
    args: ["--address=$(POD_IP)", "$$(POD_IP)"],
    workingDir: "/app",
    ports: [{ name: "http", containerPort: 8080 }],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "HOST", value: "$(POD_IP):8080" },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "witness", key: "password" } } },
    ],
    volumeMounts: [
      { name: "script", mountPath: "/app" },
      { name: "secret", mountPath: "/etc/asm/secret" },
      { name: "tmp", mountPath: "/tmp" },
    ],
    startupProbe: { httpGet: { path: "/ready", port: "http" }, periodSeconds: 1, failureThreshold: 30 },
    readinessProbe: probe("/ready"),
    livenessProbe: probe("/alive"),
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
  };
  const spec = {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
    terminationGracePeriodSeconds: 5,
    containers: [container],
    volumes: [
      { name: "script", configMap: { name: "witness" } },
      { name: "secret", secret: { secretName: "witness", defaultMode: 0o400 } },
      { name: "tmp", emptyDir: {} },
    ],
  };
  const items = [
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "witness.js": witnessScript } },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: { password: "open sesame" } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: "witness" }, ports: [{ name: "web", port: 80, targetPort: "http" }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: { app: "witness" } },
        template: { metadata: { labels: { app: "witness" } }, spec },
      },
    },
  ];
  return { apiVersion: "v1", kind: "List", items };
}
