/**
 * A stand-in for the Pulumi provider `kubernetes` (pulumi-kubernetes 4.34), for a machine that cannot download it: the
 * real Pulumi engine talks to it over gRPC when `PULUMI_DEBUG_PROVIDERS=kubernetes:PORT` names it. It prints its port, and
 * ends when its standard input does, so that it never outlives its parent.
 *
 * Like the real one it creates with POST (an object that is there already is an error), updates by server-side apply under
 * one field manager per object, asks the server by dry run at preview, compares new inputs with the live object where the
 * old inputs set something, replaces what cannot change in place, waits for Deployments, Services and `pulumi.com/waitFor`,
 * and keeps Secrets secret. A Patch resource sets its fields of an object that is there, and gives them up when it goes. A
 * changed `clusterIdentifier` replaces a provider and what it made; with an unchanged one, a new kubeconfig is an update.
 *
 * Unlike the real one
 * - it refuses unknown fields (`fieldValidation=Strict`), where the real one warns;
 * - it waits two minutes where the real one waits up to ten, if the program and `pulumi.com/timeoutSeconds` say nothing;
 * - it waits for no other kind (StatefulSet, DaemonSet, Job, Pod, Ingress, PersistentVolumeClaim), a Service counts as ready
 *   with its first endpoint in an EndpointSlice, and `refresh` does not report an unready object;
 * - it normalizes quantities and a Secret's stringData before it compares, not every type;
 * - a Patch resource of an object that is not there is an error, where the real one makes the object;
 * - it knows no Helm, Kustomize, YAML or List resources and no functions, renders no YAML, and of `k8s.ProviderArgs` reads
 *   `kubeconfig`, `namespace` and `clusterIdentifier`;
 * - its state has no copy of the inputs in the outputs (`__inputs`).
 */
import { serveProvider } from "../providerProtocol/serveProvider.ts";
import { providerService } from "./service.ts";

serveProvider(providerService(process.env["KUBECONFIG"]));
