import * as pulumi from "@pulumi/pulumi";
import { type RecordedStack, recordStack } from "./recordStack";

/** A question that a program asked a provider. */
interface RecordedCall {
  readonly token: string;
  readonly args: unknown;
  readonly provider: string;
}

/** What a program registered, what it asked, and how long it has each resource waited for. */
export interface MeshRecording {
  readonly stack: RecordedStack;
  readonly calls: readonly RecordedCall[];
  /** Create, update and delete time-outs of each resource by its name. */
  readonly timeouts: ReadonlyMap<string, string>;
  /** Values that the engine is told to keep as secrets, by the name of the resource. */
  readonly secretOutputs: ReadonlyMap<string, readonly string[]>;
}

type Monitor = NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>;
type Register = Parameters<Monitor["registerResource"]>[0];
type Invoke = Parameters<Monitor["invoke"]>[0];

/** Runs a program as `recordStack` does, and answers what it asks of providers. */
export async function recordMesh(
  program: () => void,
  { preview = false, answer = {} }: { preview?: boolean; answer?: Record<string, unknown> } = {},
): Promise<MeshRecording> {
  const calls: RecordedCall[] = [];
  const timeouts = new Map<string, string>();
  const secretOutputs = new Map<string, string[]>();
  const stack = await recordStack(
    () => {
      const monitor = pulumi.runtime.getMonitor();
      if (monitor === undefined) throw new Error("no mocks are set");
      before(monitor, "registerResource", (request: Register) => {
        const given = request.getCustomtimeouts();
        if (given) timeouts.set(request.getName(), [given.getCreate(), given.getUpdate(), given.getDelete()].join(" "));
        secretOutputs.set(request.getName(), request.getAdditionalsecretoutputsList());
      });
      before(monitor, "invoke", (request: Invoke) => {
        const args = request.getArgs()?.toJavaScript();
        calls.push({ token: request.getTok(), args, provider: request.getProvider() });
      });
      const mocks = Reflect.get(monitor, "mocks");
      Object.assign(mocks, { call: () => answer });
      program();
    },
    { preview },
  );
  return { stack, calls, timeouts, secretOutputs };
}

/** Has a method of the mocks' monitor tell what it is asked before it answers. */
function before<Request>(monitor: Monitor, method: "registerResource" | "invoke", tell: (request: Request) => void) {
  const original = Reflect.get(monitor, method);
  const told = (request: Request, ...rest: unknown[]) => {
    tell(request);
    return Reflect.apply(original, monitor, [request, ...rest]);
  };
  Object.assign(monitor, { [method]: told });
}

/** The request's text without what is marked as a secret, to look for what should have been one. */
export function inClear(sent: string): string {
  return withoutSecrets(JSON.parse(sent));
}

/** How Pulumi marks a secret value on its way to the engine. */
const SECRET = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"] as const;

function withoutSecrets(value: unknown): string {
  return JSON.stringify(value, (_, part) => (Object(part)[SECRET[0]] === SECRET[1] ? "[secret]" : part));
}
