import { randomBytes } from "node:crypto";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import pluginProto from "@pulumi/pulumi/proto/plugin_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import emptyProto, { type Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { diffResponse } from "../providerProtocol/diffResponse.ts";
import { initFailure } from "../providerProtocol/failures.ts";
import type { JsonObject } from "../providerProtocol/json.ts";
import { unary } from "../providerProtocol/unary.ts";
import { fromStruct, inClear, markSecrets, toStruct } from "../providerProtocol/wire.ts";
import { checkInputs } from "./check.ts";
import { configChanges } from "./configChanges.ts";
import { createObject, previewCreate } from "./create.ts";
import { difference } from "./diff.ts";
import { fieldManager } from "./fieldOwners.ts";
import { isPatch, objectId, objectType, ownType, refOfId } from "./kubeObject.ts";
import { createPatch, previewPatch, releasePatch } from "./patch.ts";
import { readObject } from "./read.ts";
import { removeObject } from "./remove.ts";
import { packageSchema } from "./schema.ts";
import { createSessions } from "./sessions.ts";
import { Unready } from "./unready.ts";
import { updateObject } from "./update.ts";

/** The version of pulumi-kubernetes whose behaviour this provider follows. */
const version = "4.34.2";

/**
 * Pulumi's provider protocol for Kubernetes. Methods that are not implemented return UNIMPLEMENTED, which the engine
 * accepts: Handshake, CheckConfig, Invoke, Call, Construct.
 * @param kubeconfig The default kubeconfig of providers: a path or a text.
 */
export function providerService(kubeconfig: string | undefined): UntypedServiceImplementation {
  const sessions = createSessions(kubeconfig);

  return {
    getPluginInfo: unary<Empty, InstanceType<typeof pluginProto.PluginInfo>>(async () =>
      new pluginProto.PluginInfo().setVersion(version),
    ),
    attach: unary<unknown, Empty>(async () => new emptyProto.Empty()),
    getSchema: unary<rpc.GetSchemaRequest, rpc.GetSchemaResponse>(async () =>
      new providerProto.GetSchemaResponse().setSchema(packageSchema(version)),
    ),

    diffConfig: unary<rpc.DiffRequest, rpc.DiffResponse>(async (request) => {
      const old = inClear(fromStruct(request.getOlds()));
      return diffResponse(await configChanges(old, inClear(fromStruct(request.getNews()))), false);
    }),

    configure: unary<rpc.ConfigureRequest, rpc.ConfigureResponse>(async (request, peer) => {
      const prefix = "kubernetes:config:";
      const variables = request.getVariablesMap().toObject() as [string, string][];
      await sessions.configure(peer, new Map(variables.map(([key, value]) => [key.replace(prefix, ""), value])));
      return new providerProto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    check: unary<rpc.CheckRequest, rpc.CheckResponse>(async (request, peer) => {
      const news = fromStruct(request.getNews());
      const checked = await checkInputs({
        cluster: sessions.get(peer).cluster,
        type: objectType(request.getType()),
        patch: isPatch(request.getType()),
        name: request.getName(),
        oldInputs: inClear(fromStruct(request.getOlds())),
        newInputs: inClear(news),
        seed: request.getRandomseed_asU8(),
      });
      return new providerProto.CheckResponse().setInputs(toStruct(markSecrets(checked, news)));
    }),

    diff: unary<rpc.DiffRequest, rpc.DiffResponse>(async (request) => {
      const { changes, deleteBeforeReplace } = difference({
        patch: isPatch(request.getType()),
        live: inClear(fromStruct(request.getOlds())),
        oldInputs: inClear(fromStruct(request.getOldInputs())),
        newInputs: inClear(fromStruct(request.getNews())),
        ignored: request.getIgnorechangesList(),
      });
      return diffResponse(changes, deleteBeforeReplace);
    }),

    create: unary<rpc.CreateRequest, rpc.CreateResponse>(async (request, peer) => {
      const urn = request.getUrn();
      const properties = fromStruct(request.getProperties());
      const manager = newManager();
      const patch = isPatch(request.getType());
      const args = {
        ...sessions.get(peer),
        type: objectType(request.getType()),
        urn,
        inputs: inClear(properties),
        manager,
        timeoutSeconds: request.getTimeout(),
      };
      const response = new providerProto.CreateResponse();
      if (request.getPreview()) {
        const planned = await (patch ? previewPatch(args) : previewCreate(args));
        return response.setProperties(toStruct(outputs(planned, properties, manager)));
      }
      const begun = `resource "${urn}" was created, but it failed to become ready`;
      const live = await (patch ? createPatch(args) : createObject(args)).catch(keeping(begun, properties, manager));
      return response.setId(objectId(live)).setProperties(toStruct(outputs(live, properties, manager)));
    }),

    read: unary<rpc.ReadRequest, rpc.ReadResponse>(async (request, peer) => {
      const state = inClear(fromStruct(request.getProperties()));
      const oldInputs = fromStruct(request.getInputs());
      const type = ownType(inClear(oldInputs), ownType(state, objectType(request.getType())));
      const { cluster } = sessions.get(peer);
      const found = await readObject(cluster, refOfId(type, request.getId()), inClear(oldInputs));
      const response = new providerProto.ReadResponse();
      if (found === undefined) return response; // an empty id: the object no longer exists
      return response
        .setId(request.getId())
        .setProperties(toStruct(outputs(found.live, oldInputs, fieldManager(state) ?? newManager())))
        .setInputs(toStruct(markSecrets(found.inputs, oldInputs)));
    }),

    update: unary<rpc.UpdateRequest, rpc.UpdateResponse>(async (request, peer) => {
      const news = fromStruct(request.getNews());
      const inputs = inClear(news);
      const manager = fieldManager(inClear(fromStruct(request.getOlds()))) ?? newManager();
      const live = await updateObject({
        ...sessions.get(peer),
        ref: refOfId(ownType(inputs, objectType(request.getType())), request.getId()),
        patch: isPatch(request.getType()),
        inputs,
        manager,
        ignored: request.getIgnorechangesList(),
        preview: request.getPreview(),
        timeoutSeconds: request.getTimeout(),
      }).catch(keeping(`resource "${request.getUrn()}" was updated, but it failed to become ready`, news, manager));
      return new providerProto.UpdateResponse().setProperties(toStruct(outputs(live, news, manager)));
    }),

    delete: unary<rpc.DeleteRequest, Empty>(async (request, peer) => {
      const properties = fromStruct(request.getProperties());
      const state = inClear(properties);
      const ref = refOfId(ownType(state, objectType(request.getType())), request.getId());
      const manager = fieldManager(state) ?? newManager();
      const session = sessions.get(peer);
      if (isPatch(request.getType())) {
        await releasePatch({ ...session, ref, manager });
        return new emptyProto.Empty();
      }
      await removeObject({ ...session, ref, state, timeoutSeconds: request.getTimeout() }).catch(
        keeping(`resource "${request.getUrn()}" was not deleted`, properties, manager),
      );
      return new emptyProto.Empty();
    }),

    cancel: unary<Empty, Empty>(async (_, peer) => {
      sessions.cancel(peer);
      return new emptyProto.Empty();
    }),
  };
}

/** Converts the error of an object that did not become ready to a failure that keeps the object in the state. */
function keeping(message: string, properties: JsonObject, manager: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Unready)) throw error;
    const { object, reasons } = error;
    throw initFailure(
      objectId(object),
      `${message}:\n  ${error.message}`,
      reasons,
      outputs(object, properties, manager),
    );
  };
}

/**
 * The state of an object: all its fields. Values that were secret in the inputs, and the data of a Secret, are secret.
 */
function outputs(live: JsonObject, inputs: JsonObject, manager: string): JsonObject {
  return { ...markSecrets(live, inputs), __fieldManager: manager };
}

function newManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
