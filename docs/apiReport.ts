import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import * as ts from "typescript";

/** Text of a package.json that names the entry points. */
interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** A top-level name of a source file. */
interface Place {
  readonly file: string;
  readonly name: string;
}

/** The declarations of one source file, as a program that uses the package sees them. */
interface Declarations {
  /** The text of each top-level declaration, without comments and private members. */
  readonly texts: ReadonlyMap<string, string>;
  /** Where the names come from that the file imports from other files of the package, or exports from them. */
  readonly places: ReadonlyMap<string, Place>;
  /** Every name in the text of a declaration. */
  readonly used: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * The public API of a package as text: the names of each entry point, then the declarations of these names and of the
 * types that they use, by file. Declarations are emitted for each file alone, so the sources need explicit types where
 * TypeScript's `isolatedDeclarations` requires them.
 */
export function apiReport(directory: string): string {
  const { name, exports }: Manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  const read = reader();
  const entries = Object.entries(exports).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [{ path: join(name, path), file: join(directory, sourceOf(target.types)) }],
  );
  const index = entries.map(
    ({ path, file }) =>
      `${path}\n${exported(file, read)
        .map(({ name }) => `  ${name}`)
        .join("\n")}`,
  );
  const found = withUsed(
    entries.flatMap(({ file }) => exported(file, read).map((one) => declared(one, read))),
    read,
  );
  const files = [...Map.groupBy(found, ({ file }) => file)].map(([file, places]) => {
    const texts = places.map((place) => read(file).texts.get(place.name) ?? "").sort();
    return { title: relative(directory, file), texts };
  });
  const sections = files
    .sort((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ title, texts }) => [`// ${title}`, ...texts].join("\n\n"));
  return `${[...index, ...sections].join("\n\n")}\n`;
}

function sourceOf(declaration: string): string {
  return declaration.replace("./dist/", "src/").replace(/\.d\.ts$/, ".ts");
}

type Read = (file: string) => Declarations;

function reader(): Read {
  const known = new Map<string, Declarations>();
  return (file) => {
    const found = known.get(file) ?? declarationsOf(file);
    known.set(file, found);
    return found;
  };
}

function exported(file: string, read: Read): Place[] {
  const { places } = read(file);
  return [...places].map(([name]) => ({ file, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Follows imports and exports to the file that declares a name. */
function declared(place: Place, read: Read): Place {
  const next = read(place.file).texts.has(place.name) ? undefined : read(place.file).places.get(place.name);
  return next ? declared(next, read) : place;
}

/** Adds the declarations of the package that these declarations use. */
function withUsed(places: readonly Place[], read: Read): Place[] {
  const found = new Map<string, Place>();
  const add = (place: Place): void => {
    const id = `${place.file} ${place.name}`;
    const { texts, used } = read(place.file);
    if (found.has(id) || !texts.has(place.name)) return;
    found.set(id, place);
    for (const name of used.get(place.name) ?? []) add(declared({ file: place.file, name }, read));
  };
  for (const place of places) add(place);
  return [...found.values()];
}

function declarationsOf(file: string): Declarations {
  const compilerOptions = { removeComments: true, strict: true, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileDeclaration(readFileSync(file, "utf8"), { fileName: file, compilerOptions });
  const source = ts.createSourceFile(file, outputText, ts.ScriptTarget.ES2023, true);
  const [texts, places, used] = [new Map<string, string>(), new Map<string, Place>(), new Map<string, Set<string>>()];
  for (const statement of source.statements) {
    for (const [name, place] of linksOf(statement, file)) places.set(name, place);
    for (const name of namesOf(statement)) {
      const text = statement.getText().replace(/\n\s+(?:private|#private)\b[^\n]*/g, "");
      texts.set(name, texts.has(name) ? `${texts.get(name)}\n${text}` : text);
      used.set(name, new Set([...(used.get(name) ?? []), ...(text.match(/\w+/g) ?? [])]));
    }
  }
  return { texts, places, used };
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.text];
}

/** What a statement imports from, or exports from, a file beside it. */
function linksOf(statement: ts.Statement, file: string): [string, Place][] {
  if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
  const from = statement.moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith(".")) return [];
  const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
  if (bindings === undefined || !("elements" in bindings)) throw new Error(`${file} imports or exports without names`);
  const target = resolved(join(dirname(file), from.text));
  return [...bindings.elements].map(({ name, propertyName }) => [
    name.text,
    { file: target, name: (propertyName ?? name).text },
  ]);
}

function resolved(path: string): string {
  return ts.sys.fileExists(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts");
}
