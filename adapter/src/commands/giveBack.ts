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

Gives the APIServices of the metrics APIs back to the adapters that they were taken from: deletes the ConfigMap
asm-metrics-adapter-take-over, and waits until a running adapter has given them back. If none does so within 12 s, gives
them back itself. Does nothing if that is done. Run it before you remove the adapter.

The flags are those of the server. These matter:
  --serving-service=NAMESPACE/NAME  the adapter's Service; the ConfigMap is in its namespace
                                    (default: kube-system/asm-metrics-adapter)
  --delegate=NAME[,KEY=VALUE...]    where to read the present CA of the other adapter
  --kubeconfig=FILE                 the cluster (default: the pod's service account, or the default kubeconfig)
  -h, --help                        print this help
  --version                         print the version

Exit codes:
  0  the APIServices are given back, or there was nothing to give back
  1  one of them cannot be given back
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
    const done = await giveBackOrder(orders, givingBack(flags, kubernetes), wait);
    streams.out(done.map((sentence) => `${sentence}.\n`).join(""));
    return 0;
  } catch (error) {
    streams.error(`${problemLine(giveBackProblem(error))}\n`);
    return 1;
  }
}
