import { status as codes, Metadata, type ServiceError } from "@grpc/grpc-js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import { errorText } from "./errorText.ts";
import type { JsonObject } from "./json.ts";
import { toStruct } from "./wire.ts";

/** Converts any error to a gRPC error. */
export function failure(error: unknown): ServiceError {
  return serviceError(errorText(error), new Metadata());
}

/**
 * The failure of an object that exists but did not become ready. The engine keeps its id and properties in the state.
 * It reads them from the metadata entry that gRPC reserves for structured errors.
 */
export function initFailure(
  id: string,
  message: string,
  reasons: readonly string[],
  properties: JsonObject,
): ServiceError {
  const detail = new providerProto.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct(properties));
  detail.setReasonsList([...reasons]);
  const packed = new anyProto.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusProto.Status();
  status.setCode(codes.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return serviceError(message, metadata);
}

function serviceError(message: string, metadata: Metadata): ServiceError {
  return Object.assign(new Error(message), { code: codes.UNKNOWN, details: message, metadata });
}
