import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json, JsonObject } from "../providerProtocol/json.ts";

/** An object in the cloud. */
export interface CloudObject {
  /** Pulumi type token. */
  readonly type: string;
  readonly id: string;
  /**
   * All its properties in plaintext, by their Pulumi names: values from the program and values that the cloud added.
   */
  readonly properties: JsonObject;
}

/**
 * The cloud behind the stand-in provider. It is stored in a file, so that it outlives the provider, and so that tests
 * can read and change it.
 */
export interface Cloud {
  objects(): CloudObject[];
  get(type: string, id: string): CloudObject | undefined;
  /** Creates or replaces an object. */
  put(object: CloudObject): void;
  remove(type: string, id: string): void;
  /**
   * Returns a new, unique id. @param prefix For example `vpc-`. @param length Number of characters after the prefix.
   */
  newId(prefix: string, length: number): string;
  /** Records a call that the real provider would send over the network. */
  call(line: string): void;
  /** The recorded calls, oldest first. */
  calls(): string[];
}

interface CloudFile {
  made: number;
  objects: CloudObject[];
}

/**
 * Opens the cloud of an engine: `cloud.json` and `cloudCalls.log` in its directory. Every read access reads the files
 * again.
 * @param directory Created if it does not exist.
 */
export function openCloud(directory: string): Cloud {
  const path = join(directory, "cloud.json");
  const callsPath = join(directory, "cloudCalls.log");
  mkdirSync(dirname(path), { recursive: true });

  const read = (): CloudFile =>
    // Only this file and its tests write it.
    existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CloudFile) : { made: 0, objects: [] };
  const write = (file: CloudFile): void => {
    writeFileSync(`${path}.new`, JSON.stringify(file, null, 2));
    renameSync(`${path}.new`, path); // atomic: a reader sees the old or the new file
  };
  const without = (objects: CloudObject[], type: string, id: string): CloudObject[] =>
    objects.filter((each) => each.type !== type || each.id !== id);

  return {
    objects: () => read().objects,
    get: (type, id) => read().objects.find((each) => each.type === type && each.id === id),
    put: (object) => {
      const file = read();
      write({ ...file, objects: [...without(file.objects, object.type, object.id), object] });
    },
    remove: (type, id) => {
      const file = read();
      write({ ...file, objects: without(file.objects, type, id) });
    },
    newId: (prefix, length) => {
      const file = read();
      const made = file.made + 1;
      write({ ...file, made });
      return prefix + createHash("sha256").update(`${prefix}${made}`).digest("hex").slice(0, length);
    },
    call: (line) => appendFileSync(callsPath, `${line}\n`),
    calls: () => (existsSync(callsPath) ? readFileSync(callsPath, "utf8").split("\n").filter(Boolean) : []),
  };
}

/** True if a value, at any depth, is this id or starts with the id and a colon, as composed ids do. */
export function mentions(value: Json, id: string): boolean {
  if (typeof value === "string") return value === id || value.startsWith(`${id}:`);
  if (Array.isArray(value)) return value.some((each) => mentions(each, id));
  return typeof value === "object" && value !== null && Object.values(value).some((each) => mentions(each, id));
}
