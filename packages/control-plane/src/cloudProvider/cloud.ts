import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Json, JsonObject } from "../providerProtocol/json.ts";

/** Something that exists in the cloud. */
export interface CloudObject {
  /** Pulumi type token. */
  readonly type: string;
  readonly id: string;
  /** All its properties, in clear, by their Pulumi names: what the program gave and what the cloud added. */
  readonly properties: JsonObject;
}

/** The cloud behind the stand-in provider: a file, so that it outlives the provider and tests can read and alter it. */
export interface Cloud {
  objects(): CloudObject[];
  get(type: string, id: string): CloudObject | undefined;
  /** Makes or replaces an object. */
  put(object: CloudObject): void;
  remove(type: string, id: string): void;
  /** An id that no object has had. @param prefix For example `vpc-`. @param length Of what follows it. */
  newId(prefix: string, length: number): string;
  /** Notes a call that the real provider would send over the network. */
  call(line: string): void;
  /** The calls so far, oldest first. */
  calls(): string[];
}

interface CloudFile {
  made: number;
  objects: CloudObject[];
}

/**
 * Opens the cloud of an engine: `cloud.json` and `cloudCalls.log` in its directory. The files are read at each question.
 * @param directory Made when it is missing.
 */
export function openCloud(directory: string): Cloud {
  const path = join(directory, "cloud.json");
  const callsPath = join(directory, "cloudCalls.log");
  mkdirSync(dirname(path), { recursive: true });

  const read = (): CloudFile =>
    // Only this file and tests of it write it.
    existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CloudFile) : { made: 0, objects: [] };
  const write = (file: CloudFile): void => {
    writeFileSync(`${path}.new`, JSON.stringify(file, null, 2));
    renameSync(`${path}.new`, path); // a reader sees the old or the new file, never half of one
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

/** True when a value, at any depth, is this id or begins with it and a colon, as composed ids do. */
export function mentions(value: Json, id: string): boolean {
  if (typeof value === "string") return value === id || value.startsWith(`${id}:`);
  if (Array.isArray(value)) return value.some((each) => mentions(each, id));
  return typeof value === "object" && value !== null && Object.values(value).some((each) => mentions(each, id));
}
