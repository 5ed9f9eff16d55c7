import { Mistake } from "../../promql/mistake";
import { FUNCTIONS } from "./functions";
import type { Command, Node, Operand, Pipeline } from "./nodes";
import { type Piece, piecesOf, type Token } from "./tokens";

/** How deep actions and parentheses can be inside each other. */
const MOST_DEPTH = 50;

const REFUSED_WORDS = ["block", "define", "template", "nil"];

/**
 * Parses a template of Go's text/template as far as rules need it: fields, variables, constants, pipelines, the functions of
 * `FUNCTIONS`, `if`, `with`, `range`, `break`, `continue` and comments.
 * Source: https://pkg.go.dev/text/template, and text/template/parse/parse.go of Go 1.26.
 *
 * @param fields The names that `.` and `$` have at the top.
 * @throws Mistake with the name of the construct that is not supported, or with the syntax error.
 */
export function parseNodes(template: string, fields: readonly string[]): readonly Node[] {
  const parser = new Parser(piecesOf(template), fields);
  return parser.all();
}

/** What ended a list of nodes. */
interface Ending {
  readonly keyword: "end" | "else" | "nothing";
  readonly at: number;
}

/** Reads the pieces of a template from the first to the last, and the tokens of the current action. */
class Parser {
  private piece = 0;
  private tokens: readonly Token[] = [];
  private token = 0;
  private depth = 0;
  private loops = 0;
  /** Whether `.` is what it is at the top, so that its fields are known. */
  private isTop = true;
  private variables: string[] = [""];

  constructor(
    private readonly pieces: readonly Piece[],
    private readonly fields: readonly string[],
  ) {}

  all(): readonly Node[] {
    const { nodes, ending } = this.list();
    if (ending.keyword !== "nothing") throw new Mistake(ending.at, `unexpected ${ending.keyword}`);
    return nodes;
  }

  private list(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.pieces[this.piece++];
      if (piece === undefined) return { nodes, ending: { keyword: "nothing", at: 0 } };
      if ("text" in piece) {
        if (piece.text !== "") nodes.push({ kind: "text", text: piece.text });
        continue;
      }
      this.tokens = piece.tokens;
      this.token = 0;
      const { kind, value, at } = this.peekWord();
      if (kind === "word" && (value === "end" || value === "else")) {
        this.next();
        if (value === "end") this.expectEnd("end");
        return { nodes, ending: { keyword: value, at } };
      }
      nodes.push(this.action());
    }
  }

  private action(): Node {
    const { kind, value, at } = this.peekWord();
    if (kind === "word" && (value === "if" || value === "with" || value === "range")) {
      this.next();
      return this.control(value, at);
    }
    if (kind === "word" && (value === "break" || value === "continue")) {
      this.next();
      if (this.loops === 0) throw new Mistake(at, `${value} is not inside a range`);
      this.expectEnd(value);
      return { kind: value };
    }
    const pipeline = this.pipeline(">>", 1);
    return { kind: "action", pipeline };
  }

  private control(kind: "if" | "with" | "range", at: number): Node {
    if (++this.depth > MOST_DEPTH) throw new Mistake(at, `more than ${MOST_DEPTH} actions inside each other`);
    const known = this.variables.length;
    const pipeline = this.pipeline(">>", kind === "range" ? 2 : 1);
    const wasTop = this.isTop;
    if (kind !== "if") this.isTop = false;
    if (kind === "range") this.loops++;
    const { nodes: body, ending } = this.list();
    if (kind === "range") this.loops--;
    this.isTop = wasTop;
    const otherwise = this.otherwise(kind, ending, at);
    this.variables.length = known;
    this.depth--;
    return { kind, pipeline, body, otherwise };
  }

  private otherwise(kind: "if" | "with" | "range", ending: Ending, at: number): readonly Node[] {
    if (ending.keyword === "nothing") throw new Mistake(at, `this ${kind} has no end`);
    if (ending.keyword === "end") return [];
    const word = this.peekWord();
    if (kind !== "range" && word.kind === "word" && word.value === kind) {
      this.next();
      return [this.control(kind, word.at)];
    }
    this.expectEnd("else");
    const { nodes, ending: last } = this.list();
    if (last.keyword !== "end") throw new Mistake(at, `this ${kind} has no end`);
    return nodes;
  }

  /** @param most How many variables it may declare. */
  private pipeline(close: ">>" | ")", most: number): Pipeline {
    const { at } = this.peekWord();
    const { variables, isAssignment } = this.declared(most);
    const commands: Command[] = [];
    for (;;) {
      const { command, mark } = this.command(commands.length);
      commands.push(command);
      if (mark === close) return { at, variables, isAssignment, commands };
      if (mark !== "|") throw new Mistake(this.last().at, `unexpected ${mark}`);
    }
  }

  private declared(most: number): { variables: readonly string[]; isAssignment: boolean } {
    const start = this.token;
    const variables: string[] = [];
    while (this.peekWord().kind === "variable") {
      variables.push(this.next().value);
      const { value: mark, kind, at } = this.peekWord();
      if (kind !== "mark" || ![",", ":=", "="].includes(mark)) break;
      this.next();
      if (mark === ",") continue;
      if (variables.length > most) throw new Mistake(at, `more than ${most} variables are declared`);
      if (most === 2 && mark === "=") throw new Mistake(at, "= in a range is not supported: write :=");
      const unknown = mark === "=" ? variables.find((name) => !this.variables.includes(name)) : undefined;
      if (unknown !== undefined) throw new Mistake(at, `the variable $${unknown} is not declared`);
      if (mark === ":=") this.variables.push(...variables);
      return { variables, isAssignment: mark === "=" };
    }
    this.token = start;
    return { variables: [], isAssignment: false };
  }

  private command(stage: number): { command: Command; mark: string } {
    const first = this.peekWord();
    const name = first.kind === "word" && !/^(?:true|false)$/.test(first.value) ? first.value : undefined;
    if (name !== undefined) this.functionName();
    const operands: Operand[] = [];
    if (name === undefined) operands.push(this.operand());
    let mark = this.separator();
    while (mark === undefined) {
      operands.push(this.operand());
      mark = this.separator();
    }
    const { at } = first;
    if (name !== undefined) return { command: { kind: "call", name, args: operands, at }, mark };
    const [value, argument] = operands;
    if (argument) throw new Mistake(argument.at, "only a function can have arguments");
    if (stage > 0) throw new Mistake(at, "only a function can follow |");
    if (value === undefined) throw new Mistake(at, "a value is missing");
    return { command: { kind: "value", value, at }, mark };
  }

  private functionName(): void {
    const { value, at } = this.next();
    if (FUNCTIONS.has(value)) return;
    throw new Mistake(at, `${value} is not supported${REFUSED_WORDS.includes(value) ? "" : " as a function"}`);
  }

  /** The mark after an operand. Undefined if white space follows and then another operand. */
  private separator(): string | undefined {
    const isSpace = this.peek().kind === "space";
    const { kind, value, at } = this.peekWord();
    if (kind === "end" || (kind === "mark" && (value === "|" || value === ")"))) {
      this.next();
      return value;
    }
    if (!isSpace) throw new Mistake(at, `unexpected ${value}`);
    return undefined;
  }

  private operand(): Operand {
    const { kind, value, at } = this.peekWord();
    this.next();
    if (kind === "text") return this.constant(value, at);
    if (kind === "number") return this.constant(Number(value), at);
    if (kind === "word" && /^(?:true|false)$/.test(value)) return this.constant(value === "true", at);
    if (kind === "field") return this.known({ kind: "dot", names: [value, ...this.fieldNames()], at });
    if (kind === "mark" && value === ".") return { kind: "dot", names: this.noFields(), at };
    if (kind === "variable") {
      if (!this.variables.includes(value)) throw new Mistake(at, `the variable $${value} is not declared`);
      return this.known({ kind: "variable", name: value, names: this.fieldNames(), at });
    }
    if (kind === "mark" && value === "(") {
      if (++this.depth > MOST_DEPTH) throw new Mistake(at, `more than ${MOST_DEPTH} parentheses inside each other`);
      const pipeline = this.pipeline(")", 0);
      this.depth--;
      return { kind: "pipeline", pipeline, names: this.fieldNames(), at };
    }
    if (kind === "word") throw new Mistake(at, `${value} is not supported as an argument: put it in parentheses`);
    throw new Mistake(at, kind === "end" ? "a value is missing" : `unexpected ${value}`);
  }

  private constant(value: string | number | boolean, at: number): Operand {
    return { kind: "constant", value, names: this.noFields(), at };
  }

  /** @throws Mistake if it is a field of `.` or `$` that there is none of. */
  private known(operand: Operand): Operand {
    const isRoot = operand.kind === "variable" ? operand.name === "" : this.isTop;
    const [name] = operand.names;
    if (!isRoot || name === undefined || this.fields.includes(name)) return operand;
    throw new Mistake(operand.at, `.${name} does not exist: ${this.fields.map((field) => `.${field}`).join(", ")} do`);
  }

  private fieldNames(): string[] {
    const names: string[] = [];
    while (this.peek().kind === "field") names.push(this.next().value);
    return names;
  }

  private noFields(): [] {
    if (this.peek().kind === "field") throw new Mistake(this.peek().at, "this value has no fields");
    return [];
  }

  private expectEnd(after: string): void {
    const { kind, value, at } = this.peekWord();
    if (kind !== "end") throw new Mistake(at, `unexpected ${value} after ${after}`);
  }

  private peek(): Token {
    return this.tokens[this.token] ?? this.last();
  }

  /** The next token that is not a space. Spaces before it are passed. */
  private peekWord(): Token {
    while (this.peek().kind === "space") this.token++;
    return this.peek();
  }

  private next(): Token {
    const token = this.peek();
    this.token++;
    return token;
  }

  /** The last token of the action, which is its end. */
  private last(): Token {
    const last = this.tokens.at(-1);
    if (last === undefined) throw new Mistake(0, "an action has no end");
    return last;
  }
}
