import type { handleUnaryCall, ServiceError } from "@grpc/grpc-js";
import { failure } from "./failures.ts";

/**
 * A gRPC handler for an async function.
 * @param answer Receives the request and the address of the connection. An exception becomes the error of the call.
 */
export function unary<Request, Response>(
  answer: (request: Request, peer: string) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request, call.getPeer()).then(
      (response) => callback(null, response),
      (error: unknown) => callback(isServiceError(error) ? error : failure(error)),
    );
  };
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "metadata" in error && "code" in error;
}
