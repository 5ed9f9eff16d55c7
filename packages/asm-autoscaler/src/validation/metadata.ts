import type * as pulumi from "@pulumi/pulumi";
import { aliasName, entryPath, type InputError, nameErrors, objectName } from "./inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "./inputs";

/** Labels or annotations as an argument. */
export type MetadataMap = pulumi.Input<{ [key: string]: pulumi.Input<string> }>;

/** Which keys an argument must not set, and who sets them. */
export interface ReservedKeys {
  /** Whether the component sets this key itself, or another part reads it. */
  readonly isReserved: (key: string) => boolean;
  /** The object in messages, such as "the adapter's pods". */
  readonly owner: string;
}

/** All errors of labels: keys and values that Kubernetes rejects, and keys that are not the user's. */
export function labelErrors(path: string, labels: MetadataMap | undefined, reserved: ReservedKeys): InputError[] {
  return entries(labels).flatMap(([key, value]) => [
    ...keyErrors(entryPath(path, key), key, reserved),
    // An empty value is valid.
    ...(value === "" ? [] : nameErrors(entryPath(path, key), value, aliasName)),
  ]);
}

/** All errors of the keys of annotations. Any text is a valid value. */
export function annotationErrors(path: string, annotations: MetadataMap | undefined, reserved: ReservedKeys) {
  return entries(annotations).flatMap(([key]) => keyErrors(entryPath(path, key), key, reserved));
}

/** The known entries, as far as they have the right form. */
function entries(map: MetadataMap | undefined): [string, Known<string>][] {
  const known = knownValue(map);
  if (known === UNKNOWN || !isGiven(known)) return [];
  return Object.entries(known).map(([key, value]) => [key, knownValue(value)]);
}

/** Kubernetes, "Labels and Selectors": an optional prefix, which is a DNS subdomain, and a name of at most 63 characters. */
function keyErrors(path: string, key: string, { isReserved, owner }: ReservedKeys): InputError[] {
  if (isReserved(key)) {
    return [
      {
        path,
        code: "ASM_KEY_RESERVED",
        message: `${JSON.stringify(key)} is not free: ${owner} need it with another value`,
        remedy: "Remove it",
      },
    ];
  }
  const slash = key.indexOf("/");
  const [prefix, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
  const isKey = isName(name, aliasName) && (prefix === undefined || isName(prefix, objectName));
  if (isKey) return [];
  return [
    {
      path,
      code: "ASM_NAME_INVALID",
      message: `${JSON.stringify(key)} is not a key of a label or an annotation`,
      remedy: "Write it as name or example.com/name: letters, digits, '-', '_' and '.', at most 63 after the slash",
    },
  ];
}

function isName(text: string, rule: typeof aliasName): boolean {
  return nameErrors("", text, rule).length === 0;
}
