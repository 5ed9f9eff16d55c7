import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";

// The same limit as in Pulumi's own channels. A ConfigMap can have a megabyte, and one message can contain a list of
// them.
const largestMessage = 400 * 1024 * 1024;

/** Serves a provider on a free loopback port and prints the port. The process ends when its standard input ends. */
export function serveProvider(service: UntypedServiceImplementation): void {
  const server = new Server({
    "grpc.max_receive_message_length": largestMessage,
    "grpc.max_send_message_length": largestMessage,
  });
  server.addService(ResourceProviderService, service);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
  process.stdin.resume();
  process.stdin.on("close", () => process.exit(0));
  process.on("SIGINT", () => {}); // Ctrl-C reaches the whole group, but the engine still needs this process
}
