import * as pulumi from "@pulumi/pulumi";

/** One resource as the program under test sent it to the engine. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; empty for a child of the stack. */
  readonly parent: string;
  /** Inputs with Outputs resolved; what is unknown at preview is absent or `unknownValue`. */
  readonly inputs: Record<string, unknown>;
  /** Names of the resources it was told to wait for or takes values of. */
  readonly dependsOn: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly hideDiffs: readonly string[];
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Whether it stays in the cloud or cluster when Pulumi deletes it from the state. */
  readonly retainOnDelete: boolean;
  /** Whether a replacement deletes the old one first. */
  readonly deleteBeforeReplace: boolean;
  /** Its customTimeouts. Absent: none are set. */
  readonly timeouts?: { readonly create: string; readonly update: string; readonly delete: string };
  readonly provider: string;
  /** The inputs as they travel to the engine, secrets marked as such, as JSON. */
  readonly sent: string;
}

/** What a program registered, in the order of registration. */
export type RecordedStack = readonly RecordedResource[];

type Request = Parameters<NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>["registerResource"]>[0];

/** Runs a program against Pulumi's mocks, which answer each resource with its own inputs, and records what it registers. */
export async function recordStack(program: () => void, { preview = false } = {}): Promise<RecordedStack> {
  const inputs: Record<string, unknown>[] = [];
  await pulumi.runtime.setMocks(
    {
      call: () => ({}),
      newResource: (args) => {
        inputs.push(args.inputs);
        return { id: args.custom === false ? undefined : `${args.name}-id`, state: args.inputs };
      },
    },
    "project",
    "stack",
    preview,
  );
  const requests = recordRequests();
  program();
  await pulumi.runtime.disconnect();
  return requests.map((request, index) => ({
    type: request.getType(),
    name: request.getName(),
    parent: lastPart(request.getParent()),
    inputs: inputs[index] ?? {},
    dependsOn: request.getDependenciesList().map(lastPart).sort(),
    ignoreChanges: request.getIgnorechangesList(),
    hideDiffs: request.getHidediffsList(),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ...timeoutsOf(request),
    provider: request.getProvider(),
    sent: JSON.stringify(request.getObject()?.toJavaScript() ?? {}),
  }));
}

function timeoutsOf(request: Request): Pick<RecordedResource, "timeouts"> {
  const timeouts = request.getCustomtimeouts();
  if (!timeouts?.getCreate()) return {};
  return {
    timeouts: { create: timeouts.getCreate(), update: timeouts.getUpdate(), delete: timeouts.getDelete() },
  };
}

/** The one resource of a type. */
export function only(stack: RecordedStack, type: string): RecordedResource {
  const [found, ...more] = stack.filter((resource) => resource.type === type);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + (found ? 1 : 0)} resources of ${type}`);
  return found;
}

/** The tree as lines `type name < parent`, in the order of names. */
export function tree(stack: RecordedStack): string[] {
  return stack.map(({ type, name, parent }) => `${name}: ${type}${parent === "" ? "" : ` < ${parent}`}`).sort();
}

/** The mocks do not show resource options, but the request to the monitor has them. */
function recordRequests(): Request[] {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) throw new Error("no mocks are set");
  const requests: Request[] = [];
  const register = monitor.registerResource.bind(monitor);
  const recorder = (request: Request, ...rest: unknown[]) => {
    requests.push(request);
    return Reflect.apply(register, monitor, [request, ...rest]);
  };
  Object.assign(monitor, { registerResource: recorder });
  return requests;
}

function lastPart(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}
