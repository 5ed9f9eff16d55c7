// The bill of materials of the bundle: a bundle has no package.json of what is in it, so no scanner can find that.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * A CycloneDX 1.5 document (https://cyclonedx.org/docs/1.5/json) with every package that has a file among the inputs of
 * the bundle. It has no time and no serial number, so the same sources give the same document.
 * @param {Iterable<string>} inputs Paths of source files, as esbuild's metafile has them.
 * @param {string} root Folder of the bundled package itself.
 */
export function sbomOf(inputs, root) {
  const folders = new Set([...inputs].map((input) => packageFolder(resolve(input))));
  folders.delete(resolve(root));
  const components = [...folders].map((folder) => component(folder, "library"));
  components.sort((one, other) => (one.purl < other.purl ? -1 : 1));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: component(root, "application") },
    components,
  };
}

/** The nearest folder above whose package.json has a name and a version; some only say `type` for a part of a package. */
function packageFolder(file) {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && manifestOf(folder).version !== undefined) return folder;
  }
  throw new Error(`${file} is in no package`);
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

function component(folder, type) {
  const { name, version, license } = manifestOf(folder);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return { type, "bom-ref": purl, name, version, purl, ...(license ? { licenses: [{ expression: license }] } : {}) };
}
