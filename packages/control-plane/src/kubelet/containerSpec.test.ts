import { expect, test } from "@jest/globals";
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import { sandboxOf } from "./containerSpec.ts";
import { sandboxCommand } from "./sandbox.ts";

const volumes = new Map([
  ["code", { path: "/pods/code", readOnly: true }],
  ["tmp", { path: "/pods/tmp", readOnly: false }],
]);
const of = (container: Partial<V1Container>, spec: Partial<V1PodSpec> = {}, environment = {}) => {
  const whole = { name: "c", image: "node:24", ...container };
  const pod = { metadata: { name: "pod-1" }, spec: { containers: [whole], ...spec } };
  return sandboxOf(pod, whole, environment, volumes, "127.65.16.1", "/pods/root");
};

test("a container without a security context is root with the runtime's default capabilities", () => {
  const sandbox = of({});
  expect(sandbox).toMatchObject({
    uid: 0,
    gid: 0,
    groups: [],
    readOnlyRoot: false,
    noNewPrivileges: false,
    workingDir: "/",
  });
  expect(sandbox.capabilities).toContain("chown");
  expect(sandbox.capabilities).not.toContain("sys_admin");
  expect(sandbox.environment).toMatchObject({ HOSTNAME: "pod-1", HOME: "/root" });
});

test("the container's own security context goes before the pod's", () => {
  const pod = {
    securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4], runAsNonRoot: true },
  };
  expect(of({}, pod)).toMatchObject({ uid: 1, gid: 2, groups: [4, 3] });
  expect(of({ securityContext: { runAsUser: 5, runAsGroup: 6 } }, pod)).toMatchObject({ uid: 5, gid: 6 });
  expect(() => of({ securityContext: { runAsUser: 0 } }, pod)).toThrow("ASM_KUBELET_CONTAINER: Container c");
});

test("capabilities are dropped and added", () => {
  const capabilities = (drop: string[], add: string[] = []) =>
    of({ securityContext: { capabilities: { drop, add } } }).capabilities;
  expect(capabilities(["ALL"])).toEqual([]);
  expect(capabilities(["ALL"], ["NET_BIND_SERVICE"])).toEqual(["net_bind_service"]);
  expect(capabilities(["CHOWN"])).not.toContain("chown");
});

test("command and args are expanded; arguments alone go to the image's entry point", () => {
  const environment = { IP: "127.65.16.1" };
  expect(of({ command: ["node", "$(IP)"], args: ["$$(IP)"] }, {}, environment).command).toEqual([
    "node",
    "127.65.16.1",
    "$(IP)",
  ]);
  expect(of({ args: ["--version"] }).command.slice(-1)).toEqual(["--version"]);
  expect(of({}).command.slice(-1)).toEqual(["node"]);
});

test("what would be on the pod's own loopback is on the pod's address, since all pods share one loopback", () => {
  expect(of({ command: ["node", "--at=127.0.0.1:80", "http://127.0.0.1:80/"] }).command).toEqual([
    "node",
    "--at=127.65.16.1:80",
    "http://127.0.0.1:80/",
  ]);
});

test("volumes are mounted where the spec says, a part of one by subPath, and parents before children", () => {
  const sandbox = of({
    volumeMounts: [
      { name: "code", mountPath: "/opt/app/load.mjs", subPath: "load.mjs" },
      { name: "tmp", mountPath: "/opt", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  });
  expect(sandbox.mounts).toEqual([
    { source: "/pods/code/load.mjs", target: "/opt/app/load.mjs", readOnly: true },
    { source: "/pods/tmp", target: "/opt", readOnly: true },
    { source: "/pods/tmp", target: "/tmp", readOnly: false },
  ]);
  const line = sandboxCommand(sandbox, "/node", true);
  expect(line.indexOf("/opt")).toBeLessThan(line.indexOf("/opt/app/load.mjs"));
});

test("a mount of no volume, or over this machine's programs, is refused", () => {
  expect(() => of({ volumeMounts: [{ name: "absent", mountPath: "/a" }] })).toThrow("it mounts absent");
  expect(() => of({ volumeMounts: [{ name: "tmp", mountPath: "/usr/share/x" }] })).toThrow("/usr/share/x");
});

test("without root the user cannot be changed, so a user namespace is made instead", () => {
  const sandbox = of({ securityContext: { runAsUser: 1000, allowPrivilegeEscalation: false } });
  expect(sandboxCommand(sandbox, "/node", true)).toContain("--reuid=1000");
  expect(sandboxCommand(sandbox, "/node", false)).not.toContain("--reuid=1000");
  expect(sandboxCommand(sandbox, "/node", false)).toContain("--map-root-user");
  expect(sandboxCommand(sandbox, "/node", true)).toEqual(
    expect.arrayContaining(["--no-new-privs", "--pdeathsig=KILL"]),
  );
});
