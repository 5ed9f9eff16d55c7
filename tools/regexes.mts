import { readFileSync } from "node:fs";
import ts from "typescript";

/** One regular expression in a source. */
export interface Expression {
  readonly file: string;
  readonly line: number;
  /** As written: `/source/flags`, or the arguments of `RegExp` where they are not constant. */
  readonly text: string;
  /** Absent where the expression is built at run time. */
  readonly constant?: { readonly source: string; readonly flags: string; readonly repeated: boolean };
}

/** The regular expressions of a file: literals and what is given to `RegExp`. */
export function expressionsOf(file: string): Expression[] {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Expression[] = [];
  const add = (node: ts.Node, source: string | undefined, flags: string | undefined, written: string) => {
    const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    if (source === undefined || flags === undefined) return found.push({ file, line, text: written });
    const isSplit = ts.isCallExpression(node.parent) && /\.split$/.test(node.parent.expression.getText());
    const constant = { source, flags, repeated: isSplit || /[gy]/.test(flags) };
    return found.push({ file, line, text: `/${source}/${flags}`, constant });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      add(node, node.text.slice(1, end), node.text.slice(end + 1), node.text);
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === "RegExp") {
      const [source, flags] = node.arguments ?? [];
      add(node, constantText(source), flags ? constantText(flags) : "", `RegExp(${source?.getText() ?? ""})`);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The string that an expression of literals, templates, `+` and constants of the same file always gives. */
function constantText(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isTaggedTemplateExpression(node)) {
    return node.tag.getText() === "String.raw" ? templateText(node.template, "rawText") : undefined;
  }
  if (ts.isTemplateExpression(node)) return templateText(node, "text");
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return joined([constantText(node.left), constantText(node.right)]);
  }
  if (!ts.isIdentifier(node)) return undefined;
  const declared = node
    .getSourceFile()
    .statements.flatMap((statement) =>
      ts.isVariableStatement(statement) && statement.declarationList.flags & ts.NodeFlags.Const
        ? statement.declarationList.declarations.filter(({ name }) => name.getText() === node.text)
        : [],
    );
  return constantText(declared[0]?.initializer);
}

function templateText(template: ts.TemplateLiteral, form: "text" | "rawText"): string | undefined {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return template[form];
  const spans = template.templateSpans.flatMap(({ expression, literal }) => [constantText(expression), literal[form]]);
  return joined([template.head[form], ...spans]);
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join("");
}
