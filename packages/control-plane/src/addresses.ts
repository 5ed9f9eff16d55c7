import { connect, createServer, type Server } from "node:net";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

/**
 * The loopback block 127.A.0.0/16 of one control plane. Every component has its own address in it. So components use
 * their usual ports, user manifests need no changes for this machine, and several control planes can run side by side.
 */
export interface AddressBlock {
  /** A */
  readonly number: number;
  /** 127.A.0.0/24: ClusterIPs. */
  readonly serviceRange: string;
  /** 127.A.16.0/20: pod IPs. */
  readonly podRange: string;
  /** 127.A.0.1, the ClusterIP of the `kubernetes` Service. */
  readonly kubernetesService: string;
  /**
   * 127.A.1.N, the address of a component. In use: 1 etcd, 2 kube-apiserver, 3 Prometheus, 4 kube-controller-manager,
   * 10 sidecar injector.
   */
  component(number: number): string;
  /** The Nth pod address, with N from 1 to 4094. The first is 127.A.16.1. */
  pod(number: number): string;
}

/** Returns the addresses of block `number`, whether or not the block is free. */
export function addressBlock(number: number): AddressBlock {
  const part = (third: number, fourth: number) => `127.${number}.${third}.${fourth}`;
  return {
    number,
    serviceRange: `${part(0, 0)}/24`,
    podRange: `${part(16, 0)}/20`,
    kubernetesService: part(0, 1),
    component: (n) => part(1, n),
    pod: (n) => {
      if (n < 1 || n > 4094)
        throw new ProblemError(problem("ASM_POD_ADDRESS", `Pod ${n} has no address, only 1 to 4094 have one`));
      return part(16 + (n >> 8), n & 255);
    },
  };
}

/** A block that this process owns until `release()`. */
export interface ClaimedBlock {
  readonly block: AddressBlock;
  /** Closes the listener and its connections. After that, the block is free. */
  release(): Promise<void>;
}

// Some machines run resolvers and similar services below 64. 190 blocks are enough.
const firstBlock = 64;
const lastBlock = 254;

const apiServerPort = 6443;

/**
 * Finds a free block and claims it by listening on port 443 of its `kubernetes` Service address. Connections to that
 * address, for example from pods, are forwarded to the API server.
 * @param port A port other than 443 is only for tests.
 * @throws Error if this user may not listen on the port, or if no block is free.
 */
export async function claimAddressBlock(port = 443): Promise<ClaimedBlock> {
  for (let number = firstBlock; number <= lastBlock; number++) {
    const block = addressBlock(number);
    const release = await listen(block, port);
    if (release === undefined) continue;
    // The API server of a control plane that was killed may still be running for a short time.
    if (await isFree(block.component(2), apiServerPort)) return { block, release };
    await release();
  }
  throw new ProblemError(
    problem(
      "ASM_NO_FREE_ADDRESSES",
      `Port ${port} is in use on every address from 127.${firstBlock}.0.1 to 127.${lastBlock}.0.1`,
      {
        remedy: `Stop the program that listens on port ${port} of all addresses (see \`ss -ltnp\`), or control planes that still run.`,
      },
    ),
  );
}

async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject).listen({ host, port, exclusive: true }, resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}

/** @returns a function that releases the port, or undefined if another program listens on it. */
async function listen(block: AddressBlock, port: number): Promise<(() => Promise<void>) | undefined> {
  const { server, closeAll } = forwardTo(block.component(2), apiServerPort);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: block.kubernetesService, port, exclusive: true }, resolve);
    });
    return closeAll;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") return undefined;
    if (code === "EACCES") {
      throw new ProblemError(
        problem(
          "ASM_PRIVILEGED_PORT",
          `This user may not listen on port ${port}, which Services of the control plane use`,
        ),
      );
    }
    throw error;
  }
}

function forwardTo(host: string, port: number): { server: Server; closeAll: () => Promise<void> } {
  const close = new Set<() => void>();
  const server = createServer({ noDelay: true }, (inward) => {
    const outward = connect({ host, port, noDelay: true });
    const end = () => {
      close.delete(end);
      inward.destroy();
      outward.destroy();
    };
    close.add(end);
    for (const socket of [inward, outward]) socket.on("error", end).on("close", end);
    inward.pipe(outward).pipe(inward);
  });
  const closeAll = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const end of close) end();
    });
  return { server, closeAll };
}
