import { countMistakes } from "../arguments/count";
import { later, type Now, now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import { type Mistake, refuse } from "../arguments/mistake";
import { nameMistakes, namespaceName } from "../arguments/name";
import { imageMistakes, registryMistakes } from "../images/check";
import { pullSecretMistakes } from "../images/pullSecrets";
import type { MetricsAdapterArgs } from "./args";

/**
 * Checks the arguments of a MetricsAdapter as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkAdapter(name: string, args: MetricsAdapterArgs): void {
  refuse(`MetricsAdapter ${JSON.stringify(name)}`, adapterMistakes(args));
}

/** Everything that is wrong with what is known of the arguments, each with its property path. */
function adapterMistakes(args: MetricsAdapterArgs): Mistake[] {
  const prometheus = now(args.prometheus);
  return [
    ...nameMistakes("namespace", now(args.namespace), namespaceName),
    ...missingMistakes(
      "prometheus",
      prometheus,
      'Say where Prometheus answers, such as { url: "http://prometheus.istio-system.svc:9090" }',
    ),
    ...(prometheus === later || !prometheus ? [] : urlMistakes("prometheus.url", now(prometheus.url))),
    ...countMistakes("replicas", now(args.replicas), "Run two, so that one can go away without a lost reading"),
    ...imageOrMirror(now(args.image), now(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
  ];
}

function urlMistakes(path: string, url: Now<string>): Mistake[] {
  if (url === later) return [];
  const remedy = "Give the base URL alone, such as http://prometheus.istio-system.svc:9090";
  const wrong = (message: string): Mistake[] => [{ path, code: "ASM_URL_INVALID", message, remedy }];
  // The text of the URL is never repeated: with a token in it, the error would show it to more people.
  const parsed = URL.parse(String(url));
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) {
    return wrong("The URL of Prometheus is no http or https URL");
  }
  // What a container is started with can be read by all who may read pods.
  if (parsed.username !== "" || parsed.password !== "") return wrong("The URL of Prometheus holds credentials");
  if (parsed.search !== "" || parsed.hash !== "") return wrong("The URL of Prometheus has a query or a fragment");
  return [];
}

function imageOrMirror(image: Now<string | undefined>, registry: Now<string | undefined>): Mistake[] {
  if (image === undefined || registry === undefined) {
    return [...imageMistakes("image", image), ...registryMistakes("imageRegistry", registry)];
  }
  return [
    {
      path: "imageRegistry",
      code: "ASM_IMAGE_TWICE",
      message: "imageRegistry is for the stock image, and image replaces that",
      remedy: "Name the registry in image, and leave imageRegistry out",
    },
  ];
}
