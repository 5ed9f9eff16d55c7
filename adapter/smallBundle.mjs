// What keeps the bundle small. V8 keeps the whole source text in memory, and every module that is loaded at start.

/**
 * client-node's generated API is half of it, and the adapter takes only its kubeconfig and its watch. Its files do nothing
 * but define what they export, so those that nobody imports can go; the package itself does not say so.
 */
const withoutUnusedApis = {
  name: "without unused APIs",
  setup(build) {
    build.onResolve({ filter: /^(@kubernetes\/client-node$|\.)/ }, async ({ path, ...rest }) => {
      if (rest.pluginData === "resolved") return undefined;
      const { kind, importer, resolveDir } = rest;
      if (path.startsWith(".") && !importer.includes("/@kubernetes/client-node/")) return undefined;
      const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: "resolved" });
      return { ...resolved, sideEffects: false };
    });
  },
};

/**
 * Loads `node:http` with `require`. An `import` reads all its exports, also `WebSocket`, for which Node loads its own copy
 * of undici (lib/http.js and `syncExports` in lib/internal/bootstrap/realm.js).
 */
const withoutNodesUndici = {
  name: "without Node's undici",
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "required" } : undefined,
    );
    build.onLoad({ filter: /^node:http$/, namespace: "required" }, ({ path }) => {
      const exports = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)));
      const names = exports.filter(([, { get }]) => get === undefined).map(([name]) => name);
      return {
        contents: `const http = require("${path}"); export default http; export const { ${names.join(", ")} } = http;`,
      };
    });
  },
};

/**
 * What express loads and the adapter does not use: `express.json()` and the like, with their tables of encodings, and the
 * media types by file name of `response.sendFile()` and `response.type()`.
 */
const UNUSED = ["body-parser", "mime-db"];

const withoutUnusedParts = {
  name: "without unused parts of express",
  setup(build) {
    const found = new Set();
    build.onResolve({ filter: new RegExp(`^(?:${UNUSED.join("|")})$`) }, ({ path }) => {
      found.add(path);
      return { path, namespace: "unused" };
    });
    build.onLoad({ filter: /^/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
    build.onEnd(() => {
      const errors = UNUSED.filter((name) => !found.has(name)).map((name) => ({
        text: `No package loads ${name} any more. Remove it from UNUSED in smallBundle.mjs.`,
      }));
      return { errors };
    });
  },
};

/** Options of esbuild for a small bundle. */
export const SMALL = {
  plugins: [withoutUnusedApis, withoutNodesUndici, withoutUnusedParts],
  // ES modules in place of CommonJS: only what is imported of them is in the bundle.
  mainFields: ["module", "main"],
  alias: { "@asm-autoscaler/hpa-metrics": new URL("../packages/hpa-metrics/src/index.ts", import.meta.url).pathname },
};

/** Whether esbuild read an input from a file, and not from a plugin or a definition. */
export const isFile = (input) => !/^(?:[a-z]+:|<)/.test(input);

/**
 * @param {string} source
 * @throws Error if V8 would keep two bytes for each character: for a single one outside Latin-1. esbuild escapes them in
 * strings, but not in regular expressions.
 */
export function checkCharacters(source) {
  const [wide] = /[^\0-\xff]/u.exec(source) ?? [];
  if (wide === undefined) return;
  const code = wide.codePointAt(0)?.toString(16).padStart(4, "0");
  throw new Error(`The bundle has the character ${wide}, which doubles its memory. Write it as \\u${code}.`);
}
