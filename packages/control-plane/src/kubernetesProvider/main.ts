/**
 * A stand-in for the Pulumi provider `kubernetes` (pulumi-kubernetes 4.34), for a machine that cannot download it. The
 * real Pulumi engine connects to it over gRPC if `PULUMI_DEBUG_PROVIDERS=kubernetes:PORT` names it. It prints its port.
 * It ends when its standard input ends, so it never outlives its parent.
 *
 * Like the real provider:
 * - It creates with POST (an object that exists already is an error), and updates by server-side apply with one field
 *   manager per object. An update takes over the fields that kubectl wrote. A preview does not, so it reports a conflict
 *   with kubectl, as with any other manager. `pulumi.com/patchForce: "true"` forces both.
 * - A preview sends a dry run to the server.
 * - It compares new inputs with the live object where the old inputs set something. It replaces objects with changes
 *   that are not possible in place.
 * - It waits for Deployments, Services and `pulumi.com/waitFor`.
 * - It keeps Secrets secret.
 * - A Patch resource sets its fields of an existing object, and releases them when it is deleted.
 * - A changed `clusterIdentifier` replaces a provider and its resources. With an unchanged one, a new kubeconfig is an
 *   update.
 *
 * Unlike the real provider:
 * - It rejects unknown fields (`fieldValidation=Strict`). The real one only warns.
 * - It waits two minutes if the program and `pulumi.com/timeoutSeconds` set nothing. The real one waits up to ten.
 * - It waits for no other kind (StatefulSet, DaemonSet, Job, Pod, Ingress, PersistentVolumeClaim). A Service is ready
 *   when its v1 Endpoints have their first address. The real one then waits another ten seconds. `refresh` does not report an unready object.
 * - It normalizes only quantities and a Secret's stringData before it compares, not every type.
 * - A Patch resource of an object that does not exist is an error. The real one creates the object.
 * - It has no Helm, Kustomize, YAML or List resources and no functions, and renders no YAML. Of `k8s.ProviderArgs` it
 *   reads `kubeconfig`, `namespace` and `clusterIdentifier`.
 * - It prints no status messages, such as each failed attempt to create an object.
 * - Its state has no copy of the inputs in the outputs (`__inputs`).
 */
import { serveProvider } from "../providerProtocol/serveProvider.ts";
import { providerService } from "./service.ts";

serveProvider(providerService(process.env["KUBECONFIG"]));
