import { choiceMistakes } from "../arguments/choice";
import { later, now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import { type Mistake, refuse } from "../arguments/mistake";
import { nameMistakes, namespaceName } from "../arguments/name";
import { plainMistakes } from "../arguments/plain";
import { type MeshNamespaceArgs, MeshNamespaceMode } from "./args";

/**
 * Checks the arguments of a MeshNamespace as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkNamespace(name: string, args: MeshNamespaceArgs): void {
  const known = now<string | undefined>(args.name);
  refuse(`MeshNamespace ${JSON.stringify(name)}`, [
    ...missingMistakes("name", known, "Name the namespace"),
    ...(known === null ? [] : nameMistakes("name", known, namespaceName)),
    ...plainMistakes("create", args.create),
    ...plainMistakes("waypoint", args.waypoint),
    ...choiceMistakes("mode", now(args.mode), Object.values(MeshNamespaceMode)),
    ...waypointMistakes(args),
  ]);
}

function waypointMistakes({ mode, waypoint }: MeshNamespaceArgs): Mistake[] {
  const known = now(mode) ?? MeshNamespaceMode.Sidecar;
  if (!waypoint || known === later || known !== MeshNamespaceMode.Sidecar) return [];
  return [
    {
      path: "waypoint",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "waypoint belongs to an ambient namespace: sidecars count requests themselves",
      remedy: "Leave waypoint out, or set mode to Ambient",
    },
  ];
}
