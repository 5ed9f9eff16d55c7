import { Agent } from "node:https";
import { beforeAll, expect, test } from "@jest/globals";
import { createAuthority, type KeyPair } from "../../src/pki.ts";
import { until } from "../until.ts";
import { GROUP_PATH, metricPath, type Stage } from "./stage.ts";

const METRIC = metricPath("prometheus-query", undefined, "ns");
const MASTERS = { "X-Remote-User": "jane", "X-Remote-Group": "system:masters" };

/** Who is believed to be whom, past the API server. */
export function identity(stage: () => Stage): void {
  let imposter: KeyPair;

  beforeAll(async () => {
    imposter = await stage().plane.user("front-proxy-client");
  });

  test("44 without credentials only the health checks answer", async () => {
    const { direct } = stage();
    for (const path of ["/healthz", "/livez", "/readyz"]) {
      const { status, body } = await direct.get(path);
      expect([path, status, body]).toEqual([path, 200, "ok"]);
    }
    for (const path of [GROUP_PATH, METRIC, "/livez/x", "/metrics"]) {
      const { status, json } = await direct.get(path);
      expect([path, status, json]).toEqual([path, 403, expect.objectContaining({ kind: "Status" })]);
      expect((json as { message: string }).message).toContain('"system:anonymous"');
    }
  });

  test("45 X-Remote headers without the front proxy's certificate are nothing", async () => {
    const { status, body } = await stage().direct.get(METRIC, { headers: MASTERS });
    expect([status, body.includes("system:anonymous")]).toEqual([403, true]);
  });

  test("46 the front proxy that names nobody is refused", async () => {
    const { direct, plane } = stage();
    const client = await plane.frontProxy.issueClient("front-proxy-client");
    expect((await direct.get(METRIC, { client })).status).toBe(401);
  });

  test("47 another name of the front proxy's authority is refused", async () => {
    const { direct, plane } = stage();
    const client = await plane.frontProxy.issueClient("someone-else");
    expect((await direct.get(METRIC, { client, headers: MASTERS })).status).toBe(401);
  });

  test("48 a client certificate named like the front proxy is a user of that name", async () => {
    const { status, body } = await stage().direct.get(METRIC, { client: imposter, headers: MASTERS });
    expect([status, body.includes('User \\"front-proxy-client\\"')]).toEqual([403, true]);
  });

  test("49 certificates of another authority and of servers are refused", async () => {
    const { direct, plane } = stage();
    const foreign = await (await createAuthority("front-proxy")).issueClient("front-proxy-client");
    const server = await plane.frontProxy.issueServer("front-proxy-client", ["front-proxy-client"]);
    for (const client of [foreign, server])
      expect((await direct.get(METRIC, { client, headers: MASTERS })).status).toBe(401);
  });

  test("49 certificates that have expired, or do not count yet, are refused", async () => {
    const { direct, plane } = stage();
    const day = 86_400_000;
    const from = (start: number) => ({
      notBefore: new Date(Date.now() + start),
      notAfter: new Date(Date.now() + start + day / 2),
    });
    for (const start of [-day, day / 4]) {
      const proxy = await plane.frontProxy.issueClient("front-proxy-client", [], from(start));
      expect((await direct.get(METRIC, { client: proxy, headers: MASTERS })).status).toBe(401);
    }
    const proxy = await plane.frontProxy.issueClient("front-proxy-client", [], from(-day / 4));
    expect((await direct.get(METRIC, { client: proxy, headers: MASTERS })).status).toBe(200);
  });

  test("50 a client certificate of the cluster is its user with its groups", async () => {
    const { direct, plane } = stage();
    const admin = await plane.user("anyone", ["system:masters"]);
    expect((await direct.get(METRIC, { client: admin })).status).toBe(200);
    const nobody = await plane.user("nobody", ["some"]);
    const { status, body } = await direct.get(METRIC, { client: nobody });
    expect([status, body.includes('User \\"nobody\\"')]).toEqual([403, true]);
  });

  test("51, 52 a token is reviewed once, whatever asks with it, and a wrong one is refused everywhere", async () => {
    const { direct, plane } = stage();
    const token = (await plane.kubectl(["create", "token", "default"])).trim();
    const headers = { Authorization: `Bearer ${token}` };
    const before = (await tokenReviews(stage())).length;
    const all = await Promise.all(Array.from({ length: 50 }, () => direct.get(METRIC, { headers })));
    for (const { status, body } of all)
      expect([status, body.includes("system:serviceaccount:default:default")]).toEqual([403, true]);
    expect((await tokenReviews(stage())).length - before).toBe(1);
    for (const path of [METRIC, "/healthz"]) {
      const { status, json } = await direct.get(path, { headers: { Authorization: "Bearer nonsense" } });
      expect([path, status, json]).toEqual([path, 401, expect.objectContaining({ message: "Unauthorized" })]);
    }
    expect((await direct.get(METRIC, { headers: { Authorization: "Basic YTpi" } })).status).toBe(403);
  });

  test("53 groups with commas and other letters reach the review whole", async () => {
    const { direct, plane, apply } = stage();
    const groups = ["dev,ops", "équipe"];
    const binding = (name: string, group: string) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name, namespace: "ns" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "readers" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
    });
    await apply(readers, ...groups.map((group, index) => binding(`group-${index}`, group)));
    for (const group of groups) {
      // HTTP headers are bytes; the API server sends UTF-8.
      const sent = Buffer.from(group).toString("latin1");
      await until(`${group} to be let in`, async () => {
        const { status } = await direct.proxied(METRIC, { user: `of-${groups.indexOf(group)}`, groups: [sent] });
        return status === 200;
      });
    }
    await plane.kubectl(["delete", "rolebinding", "-n", "ns", "group-0", "group-1"]);
  });

  test("54 three thousand groups are normal, and a flood of headers ends nothing", async () => {
    const { direct, adapter } = stage();
    const many = Array.from({ length: 3000 }, (_, index) => `team-${index}-of-a-large-organization-with-long-names`);
    expect((await direct.proxied(METRIC, { groups: [...many, "system:masters"] })).status).toBe(200);
    const flood = Array.from({ length: 20_000 }, (_, index) => `g${index}`);
    // The answer may be lost, since the server closes while the client still writes.
    const refused = await direct.proxied(METRIC, { groups: flood }).then(
      ({ status }) => String(status),
      (error: NodeJS.ErrnoException) => String(error.code),
    );
    expect(["431", "ECONNRESET", "EPIPE"]).toContain(refused);
    expect(adapter.alive()).toBe(true);
    expect((await direct.get("/livez")).status).toBe(200);
  });

  test("55 extra headers with escaped keys are accepted", async () => {
    const headers = { "X-Remote-Extra-example.org%2fkey": "a", "X-Remote-Extra-bad%zz": "b" };
    expect((await stage().direct.proxied(METRIC, { headers })).status).toBe(200);
  });

  test("56 a second authority of the front proxy counts on open connections, until it is taken out", async () => {
    const { direct, plane } = stage();
    const second = await createAuthority("front-proxy-2");
    const client = await second.issueClient("front-proxy-client");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => (await direct.get(METRIC, { client, agent, headers: MASTERS })).status;
    const name = ["-n", "kube-system", "configmap", "extension-apiserver-authentication"];
    const write = (text: string) =>
      plane.kubectl([
        "patch",
        ...name,
        "--type=merge",
        "-p",
        JSON.stringify({ data: { "requestheader-client-ca-file": text } }),
      ]);
    try {
      expect(await ask()).toBe(401);
      await write(`${plane.frontProxy.certPem}${second.certPem}`);
      await until("the new authority", async () => (await ask()) === 200, 60);
      await write(plane.frontProxy.certPem);
      await until("it to be gone", async () => (await ask()) === 401, 60);
      // 57: what is no certificate changes nothing.
      await write("");
      expect((await direct.proxied(METRIC)).status).toBe(200);
      await write(plane.frontProxy.certPem);
      // The API server makes it anew; until then the last one counts.
      await plane.kubectl(["delete", ...name]);
      for (let asked = 0; asked < 20; asked++) expect((await direct.proxied(METRIC)).status).toBe(200);
      await until("the ConfigMap to be back", async () => {
        await plane.kubectl(["get", ...name]);
        return true;
      });
      expect((await direct.proxied(METRIC)).status).toBe(200);
    } finally {
      agent.destroy();
    }
  }, 150_000);

  test("58 a resumed TLS session brings no identity with it", async () => {
    const { direct, plane } = stage();
    const client = await plane.frontProxy.issueClient("front-proxy-client");
    let session: Buffer | undefined;
    const agent = new Agent({ keepAlive: true, maxVersion: "TLSv1.2" });
    const socket = await direct.socket(client);
    socket.on("session", (made) => (session = made));
    expect((await direct.get(METRIC, { client, agent, headers: MASTERS })).status).toBe(200);
    session ??= socket.getSession();
    const resumed = await direct.get(METRIC, { headers: MASTERS, ...(session ? { session } : {}) });
    expect(resumed.status).toBe(403);
    socket.destroy();
    agent.destroy();
  });
}

/** Who may read the metrics of a namespace. */
export const readers = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: { name: "readers", namespace: "ns" },
  rules: [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["list"] }],
};

async function tokenReviews({ plane }: Stage) {
  return (await plane.reviews()).filter(({ objectRef }) => objectRef.resource === "tokenreviews");
}
