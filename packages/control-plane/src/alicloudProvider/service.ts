import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto, { type Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { diffResponse } from "../providerProtocol/diffResponse.ts";
import type { JsonObject } from "../providerProtocol/json.ts";
import { unary } from "../providerProtocol/unary.ts";
import { fromStruct, hasUnknown, inClear, secret, toStruct } from "../providerProtocol/wire.ts";
import { defaultsKey, fillInputs, withoutDefaults } from "./check.ts";
import { configure } from "./configure.ts";
import { difference, fixedRemovals } from "./diff.ts";
import { invoke } from "./invokes.ts";
import { importedInputs, refreshedInputs } from "./refresh.ts";
import { createResource, deleteResource, previewed, readResource, updateResource, type World } from "./resources.ts";
import { type Fields, isAutonamed, resourceFields } from "./schema.ts";
import { validate } from "./validate.ts";

/** The version of pulumi-alicloud whose resources this provider has. */
const version = "3.108.0";

/**
 * Pulumi's provider protocol for the resources of schema.json. Like the bridge, it does not declare support for
 * secrets. So the engine sends everything in plaintext and marks the responses itself.
 */
export function cloudService(world: World): UntypedServiceImplementation {
  return {
    getPluginInfo: unary<Empty, InstanceType<typeof pluginProto.PluginInfo>>(async () =>
      new pluginProto.PluginInfo().setVersion(version),
    ),
    attach: unary<unknown, Empty>(async () => new emptyProto.Empty()),
    getSchema: unary<rpc.GetSchemaRequest, rpc.GetSchemaResponse>(async () =>
      new providerProto.GetSchemaResponse().setSchema("{}"),
    ),

    configure: unary<rpc.ConfigureRequest, rpc.ConfigureResponse>(async (request) => {
      const variables = request.getVariablesMap().toObject() as [string, string][];
      configure(world.cloud, new Map(variables.map(([key, value]) => [key.replace("alicloud:config:", ""), value])));
      return new providerProto.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary<rpc.CheckRequest, rpc.CheckResponse>(async (request) => {
      const fields = resourceFields(request.getType());
      const name = request.getName();
      const newInputs = withoutDefaults(inClear(fromStruct(request.getNews())));
      const response = new providerProto.CheckResponse();
      for (const { property, reason } of validate(fields, newInputs, name)) {
        response.addFailures(new providerProto.CheckFailure().setProperty(property).setReason(reason));
      }
      const oldInputs = inClear(fromStruct(request.getOlds()));
      const filled = fillInputs({ fields, name, oldInputs, newInputs, seed: request.getRandomseed_asU8() });
      return response.setInputs(toStruct(withSecrets(fields, filled)));
    }),

    diff: unary<rpc.DiffRequest, rpc.DiffResponse>(async (request) => {
      const fields = resourceFields(request.getType());
      const inputs = inClear(fromStruct(request.getNews()));
      const changes = difference({
        fields,
        state: inClear(fromStruct(request.getOlds())),
        inputs: withoutDefaults(inputs),
        ignored: request.getIgnorechangesList(),
      });
      const replaces = changes.some((change) => change.replaces);
      return diffResponse(changes, replaces && hasChosenName(fields, inputs));
    }),

    create: unary<rpc.CreateRequest, rpc.CreateResponse>(async (request) => {
      const fields = resourceFields(request.getType());
      const inputs = inClear(fromStruct(request.getProperties()));
      const response = new providerProto.CreateResponse();
      if (request.getPreview()) return response.setProperties(toStruct(previewed(fields, withoutDefaults(inputs))));
      if (hasUnknown(inputs)) throw new Error(`${request.getUrn()} has unknown inputs at its creation`);
      const { id, state } = createResource(world, request.getType(), inputs);
      return response.setId(id).setProperties(toStruct(withSecrets(fields, state)));
    }),

    read: unary<rpc.ReadRequest, rpc.ReadResponse>(async (request) => {
      const type = request.getType();
      const fields = resourceFields(type);
      const old = inClear(fromStruct(request.getProperties()));
      const state = readResource(world, type, request.getId(), old);
      const response = new providerProto.ReadResponse();
      if (state === undefined) return response; // an empty id: the resource no longer exists
      const isRefresh = Object.keys(old).length > 0;
      const inputs = isRefresh
        ? refreshedInputs(inClear(fromStruct(request.getInputs())), state)
        : importedInputs(fields, state);
      return response
        .setId(request.getId())
        .setProperties(toStruct(withSecrets(fields, state)))
        .setInputs(toStruct(withSecrets(fields, inputs)));
    }),

    update: unary<rpc.UpdateRequest, rpc.UpdateResponse>(async (request) => {
      const type = request.getType();
      const fields = resourceFields(type);
      const inputs = inClear(fromStruct(request.getNews()));
      const oldInputs = inClear(fromStruct(request.getOldInputs()));
      const old = inClear(fromStruct(request.getOlds()));
      const response = new providerProto.UpdateResponse();
      if (request.getPreview()) {
        const removed = Object.keys(oldInputs).filter((key) => inputs[key] === undefined);
        const kept = Object.entries(old).filter(([key]) => !removed.includes(key));
        return response.setProperties(toStruct({ ...Object.fromEntries(kept), ...withoutDefaults(inputs) }));
      }
      const [fixed] = fixedRemovals({ fields, state: old, inputs, ignored: request.getIgnorechangesList() });
      if (fixed !== undefined) {
        throw new Error(`${fixed} of ${type} cannot be removed in place. Set it, or ignore its changes.`);
      }
      const { state } = updateResource(world, type, request.getId(), oldInputs, inputs);
      return response.setProperties(toStruct(withSecrets(fields, state)));
    }),

    delete: unary<rpc.DeleteRequest, Empty>(async (request) => {
      deleteResource(world, request.getType(), request.getId());
      return new emptyProto.Empty();
    }),

    invoke: unary<rpc.InvokeRequest, rpc.InvokeResponse>(async (request) => {
      const answer = invoke(world, request.getTok(), inClear(fromStruct(request.getArgs())));
      return new providerProto.InvokeResponse().setReturn(toStruct(answer));
    }),

    cancel: unary<Empty, Empty>(async () => new emptyProto.Empty()),
  };
}

/** Marks the properties as secret that the schema calls sensitive. The SDK itself marks nothing else. */
function withSecrets(fields: Fields, properties: JsonObject): JsonObject {
  const entries = Object.entries(properties).map(([name, value]) => {
    const sensitive = value !== null && fields[name]?.sensitive === true;
    return [name, sensitive ? secret(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Reports whether the program set the name. The same name cannot exist twice, so the bridge then deletes the old
 * resource first.
 */
function hasChosenName(fields: Fields, inputs: JsonObject): boolean {
  const defaults = inputs[defaultsKey];
  if (!Array.isArray(defaults)) return false;
  return Object.entries(fields).some(
    ([name, field]) => isAutonamed(name, field) && inputs[name] !== undefined && !defaults.includes(name),
  );
}
