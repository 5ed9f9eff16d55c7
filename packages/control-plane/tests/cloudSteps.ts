import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { fillInputs, withoutDefaults } from "../src/alicloudProvider/check.ts";
import { openCloud } from "../src/alicloudProvider/cloud.ts";
import { clusterAccess } from "../src/alicloudProvider/clusterAccess.ts";
import { difference } from "../src/alicloudProvider/diff.ts";
import { createResource } from "../src/alicloudProvider/resources.ts";
import { resourceFields } from "../src/alicloudProvider/schema.ts";
import { type Failure, validate } from "../src/alicloudProvider/validate.ts";
import type { JsonObject } from "../src/providerProtocol/json.ts";
import { formatPropertyPath } from "../src/providerProtocol/propertyPath.ts";
import { inClear } from "../src/providerProtocol/wire.ts";

/** A resource of the provider, as a program registers it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: JsonObject;
  readonly ignored: readonly string[];
}

/** What the cloud gives that programs pass on to other resources. */
const answers: Readonly<Record<string, object>> = {
  "alicloud:vpc/natGateway:NatGateway": { snatTableIds: "stb-1" },
  "alicloud:ecs/eipAddress:EipAddress": { ipAddress: "192.0.2.10" },
};

/** Runs a program against Pulumi's mocks and returns the resources of the provider that it registers. */
export async function registered(program: () => void): Promise<Registered[]> {
  const inputs = new Map<string, JsonObject>();
  const ignored = new Map<string, readonly string[]>();
  const types = new Map<string, string>();
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: (args) => {
      if (args.type.startsWith("alicloud:")) {
        inputs.set(args.name, inClear(args.inputs));
        types.set(args.name, args.type);
      }
      return { id: `${args.name}-id`, state: { ...args.inputs, ...answers[args.type] } };
    },
  });
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error("no mocks are set");
  const register = monitor.registerResource.bind(monitor);
  const recorder = (request: Parameters<typeof register>[0], ...rest: unknown[]): unknown => {
    ignored.set(request.getName(), request.getIgnorechangesList());
    return Reflect.apply(register, monitor, [request, ...rest]);
  };
  Object.assign(monitor, { registerResource: recorder });
  program();
  await pulumi.runtime.disconnect();
  return [...inputs].map(([name, own]) => ({
    type: types.get(name) ?? "",
    name,
    inputs: own,
    ignored: ignored.get(name) ?? [],
  }));
}

/** What the provider refuses of these resources at preview. */
export function refusals(resources: readonly Registered[]): Failure[] {
  return resources.flatMap(({ type, name, inputs }) => validate(resourceFields(type), inputs, name));
}

/**
 * What a change of the program does to resources that an earlier version of it made, such as
 * `update ack-cluster: maintenanceWindow.enable`. A resource that the earlier version did not have is created.
 */
export function steps(before: readonly Registered[], after: readonly Registered[]): string[] {
  const directory = mkdtempSync(join(tmpdir(), "cloud-"));
  try {
    const world = { cloud: openCloud(directory), access: clusterAccess(undefined) };
    return after.flatMap(({ type, name, inputs, ignored }) => {
      const old = before.find((each) => each.name === name);
      if (old === undefined) return [`create ${name}`];
      const fields = resourceFields(type);
      const fill = (given: JsonObject): JsonObject =>
        fillInputs({ fields, name, oldInputs: {}, newInputs: given, seed: new Uint8Array([1]) });
      const { state } = createResource(world, type, fill(old.inputs));
      const changes = difference({ fields, state, inputs: withoutDefaults(fill(inputs)), ignored });
      if (changes.length === 0) return [];
      const paths = changes.map(({ path }) => formatPropertyPath(path.slice(0, 1)));
      const op = changes.some(({ replaces }) => replaces) ? "replace" : "update";
      return [`${op} ${name}: ${[...new Set(paths)].sort().join(" ")}`];
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
