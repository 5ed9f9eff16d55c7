import { problemLine } from "@asm-autoscaler/hpa-metrics";
import { parseFlags } from "../flags/flags.ts";
import { connectKubernetes } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { givingBack } from "../takeOver/connectTakeOver.ts";
import { giveBackProblem } from "../takeOver/giveBack.ts";
import { giveBackOrder } from "../takeOver/giveBackOrder.ts";
import { orderStore } from "../takeOver/order.ts";
import { ADAPTER_VERSION } from "../version.ts";
import { type CommandOutput, OWN_OUTPUT } from "./parseCommand.ts";

const HELP = `Usage: asm-metrics-adapter give-back [flags]

Gives the APIService of the external metrics API back to the adapter that it was taken from: deletes the ConfigMap
asm-metrics-adapter-take-over, and waits until a running adapter has given the APIService back. If none does so within
12 s, gives it back itself. Does nothing if that is done. Run it before you remove the adapter.

The flags are those of the server. These matter:
  --serving-service=NAMESPACE/NAME  the adapter's Service; the ConfigMap is in its namespace
                                    (default: kube-system/asm-metrics-adapter)
  --delegate=NAME[,KEY=VALUE...]    where to read the present CA of the other adapter
  --kubeconfig=FILE                 the cluster (default: the pod's service account, or the default kubeconfig)
  -h, --help                        print this help
  --version                         print the version

Exit codes:
  0  the APIService is given back, or there was nothing to give back
  1  it cannot be given back
  2  the command line is wrong
`;

/**
 * Runs `give-back`. Returns the exit code: 0 given back or nothing to do, 1 it cannot be given back.
 * @throws FlagError
 */
export async function giveBack(argv: readonly string[], streams: CommandOutput = OWN_OUTPUT): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    streams.out(HELP);
    return 0;
  }
  if (argv.includes("--version")) {
    streams.out(`${ADAPTER_VERSION}\n`);
    return 0;
  }
  const flags = parseFlags(argv);
  try {
    const kubernetes = connectKubernetes(flags.kubeconfig);
    const orders = orderStore(kubernetes, flags.servingService.namespace);
    const wait = (ms: number) => pause(ms, new AbortController().signal);
    streams.out(`${await giveBackOrder(orders, givingBack(flags, kubernetes), wait)}.\n`);
    return 0;
  } catch (error) {
    streams.error(`${problemLine(giveBackProblem(error))}\n`);
    return 1;
  }
}
