import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { isObject, type JsonObject, objectsAt, textAt } from "../../providerProtocol/json.ts";
import type { Cluster } from "../cluster.ts";
import { annotation, ownType } from "../kubeObject.ts";
import { findJsonPath } from "./jsonPath.ts";
import { rolloutLacks } from "./rollout.ts";

/** The cluster function that this file needs: the path of a collection. */
export type Collections = Pick<Cluster, "collection">;

/** The condition under which an object is ready. */
export interface Readiness {
  /** The collection to watch, with its query. */
  path: string;
  /** The missing condition of a watched object. Undefined if it is ready. */
  lacks(object: JsonObject): string | undefined;
}

/**
 * The readiness condition after an object is created or changed. Undefined if there is none:
 * - With the annotation `pulumi.com/skipAwait: "true"`, there is none.
 * - `pulumi.com/waitFor` sets it: `condition=Type`, `condition=Type=Status`, `jsonpath={path}`,
 *   `jsonpath={path}=value`, or a JSON array of these, all of which must be true.
 * - A Deployment waits for its rollout. A Service with a selector waits for an address in its v1 Endpoints.
 * @throws Error if waitFor has another value.
 */
export async function readiness(cluster: Collections, object: JsonObject): Promise<Readiness | undefined> {
  if (annotation(object, "pulumi.com/skipAwait") === "true") return undefined;
  const name = textAt(object, "metadata", "name") ?? "";
  const namespace = textAt(object, "metadata", "namespace");
  const type = ownType(object, { apiVersion: "", kind: "" });
  const itself = async (): Promise<string> =>
    `${await cluster.collection(type, namespace)}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;

  const waitFor = annotation(object, "pulumi.com/waitFor");
  if (waitFor !== undefined) {
    const expressions = expressionsOf(waitFor).map(expression);
    return { path: await itself(), lacks: (live) => expressions.map((lacks) => lacks(live)).find((lack) => lack) };
  }
  if (type.apiVersion === "apps/v1" && type.kind === "Deployment") return { path: await itself(), lacks: rolloutLacks };
  if (type.apiVersion === "v1" && type.kind === "Service" && selectsPods(object)) {
    const all = await cluster.collection({ apiVersion: "v1", kind: "Endpoints" }, namespace);
    const path = `${all}?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`;
    return { path, lacks: (found) => (objectsAt(found, "subsets").length > 0 ? undefined : "it has no endpoint") };
  }
  return undefined;
}

function selectsPods(service: JsonObject): boolean {
  const spec = service["spec"];
  if (!isObject(spec) || spec["type"] === "ExternalName" || spec["clusterIP"] === "None") return false;
  return isObject(spec["selector"]) && Object.keys(spec["selector"]).length > 0;
}

function expressionsOf(waitFor: string): string[] {
  if (!waitFor.trimStart().startsWith("[")) return [waitFor];
  const list: unknown = JSON.parse(waitFor);
  return Array.isArray(list) ? list.map(String) : [waitFor];
}

/** @throws Error for an expression that is neither a condition nor a JSONPath. */
function expression(text: string): Readiness["lacks"] {
  const path = /^jsonpath=(\{.*\}|[^=]+)(?:=(.*))?$/s.exec(text);
  if (path !== null) {
    const [, query = "", wanted] = path;
    return (object) => {
      const found = findJsonPath(object, query).map((value) =>
        typeof value === "string" ? value : JSON.stringify(value),
      );
      const holds =
        wanted === undefined ? found.length > 0 : found.length > 0 && found.every((value) => value === wanted);
      return holds ? undefined : `${text} does not hold: found ${found.length === 0 ? "nothing" : found.join(", ")}`;
    };
  }
  const condition = /^(?:condition=)?(\w[\w./-]*)(?:=(\w+))?$/.exec(text);
  if (condition === null) {
    throw new ProblemError(problem("ASM_STAND_IN_WAIT_FOR", `The annotation pulumi.com/waitFor says "${text}"`));
  }
  const [, type = "", status = "True"] = condition;
  return (object) => {
    const found = objectsAt(object, "status", "conditions").find((each) => each["type"] === type);
    const is = textAt(found, "status") ?? "not set";
    return is === status ? undefined : `condition ${type} is ${is}, not ${status}`;
  };
}
