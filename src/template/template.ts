// Go's text/template, as much of it as Docker's templates use. parse.ts makes the tree, this file walks it.

import { evaluate, type Scope, variablesWith } from './evaluate.ts';
import type { Expression, Pipeline } from './expression.ts';
import { present, settle } from './fields.ts';
import { builtins, type TemplateFunction, truth } from './functions.ts';
import { emptyOf } from './go-types.ts';
import { type Block, type Call, type Jump, type Node, parse, type Tree } from './parse.ts';
import { printValue } from './print.ts';
import { TemplateError } from './scan.ts';

export { TemplateError };

type Functions = Readonly<Record<string, TemplateFunction>>;

export interface Template {
  /** `type` is the Go type that errors name for the outermost value; 'map' makes them speak of map keys. */
  render(data: unknown, type: string, functions?: Functions): string;
}

const functionNames = new Set(Object.keys(builtins));

/** `name` is what errors call it. */
export function parseTemplate(text: string, name = ''): Template {
  const tree = named(name, text, () => parse(text, functionNames));
  return {
    render(data, type, own = {}) {
      const out: string[] = [];
      const functions = { ...builtins, ...own };
      const variables = [new Map([['$', data]])];
      const scope = { dot: data, variables, functions, type, root: data, tree, out };
      try {
        named(name, text, () => walk(tree.nodes, scope));
      } catch (error) {
        if (error instanceof TemplateError) error.printed = out.join('');
        throw error;
      }
      return out.join('');
    },
  };
}

/** Errors are made for a template without a name, and with an offset in it; Go tells the line, and the column in bytes. */
function named<T>(name: string, text: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const message = error.message
      .replace(/(?<=^template: :)1:(\d+)(: executing )""/, (_, at, verb) => {
        const before = text.slice(0, at).split('\n');
        const column = Buffer.byteLength(before.at(-1) ?? '');
        return `${before.length}:${column}${verb}${JSON.stringify(name)}`;
      })
      .replace(/^template: :/, `template: ${name}:`);
    throw new TemplateError(message, { cause: error });
  }
}

interface Walk extends Scope {
  readonly tree: Tree;
  readonly out: string[];
}

function walk(nodes: readonly Node[], scope: Walk): Jump | undefined {
  for (const node of nodes) {
    const jump = walkNode(node, scope);
    if (jump) return jump;
  }
  return undefined;
}

function walkNode(node: Node, scope: Walk): Jump | undefined {
  switch (node.kind) {
    case 'text':
      scope.out.push(node.text);
      return undefined;
    case 'print':
      print(node.pipeline, scope);
      return undefined;
    case 'template':
      walkCall(node, scope);
      return undefined;
    case 'range':
      return walkRange(node, scope);
    case 'if':
    case 'with':
      return walkChoice(node, scope);
    default:
      return node;
  }
}

function print(pipeline: Pipeline, scope: Walk): void {
  const value = assign(pipeline, scope, evaluate(pipeline.value, scope));
  if (pipeline.variables.length > 0) return;
  scope.out.push(printValue(emptyFor(pipeline.value, present(value))));
}

function walkChoice(node: Block, scope: Walk): Jump | undefined {
  const inner = nested(scope);
  const value = settle(assign(node.pipeline, inner, evaluate(node.pipeline.value, inner)));
  if (!truth(value)) return walk(node.otherwise, inner);
  return walk(node.body, node.kind === 'with' ? { ...inner, dot: value } : inner);
}

function walkRange(node: Block, scope: Walk): Jump | undefined {
  const entries = entriesOf(settle(evaluate(node.pipeline.value, scope)), node.pipeline);
  if (entries.length === 0) return walk(node.otherwise, nested(scope));
  const [first, second] = node.pipeline.variables;
  for (const [key, item] of entries) {
    const inner = nested(scope, item);
    if (first && second) inner.variables.at(-1)?.set(first, key).set(second, item);
    else if (first) inner.variables.at(-1)?.set(first, item);
    if (walk(node.body, inner)?.kind === 'break') break;
  }
  return undefined;
}

function entriesOf(value: unknown, { at, text }: Pipeline): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()];
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index] as const);
  if (value === undefined || value === null) return [];
  if (typeof value === 'object') return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TemplateError(
    `template: :1:${at}: executing "" at <${text}>: range can't iterate over ${printValue(value)}`,
  );
}

/** A defined template sees the value that it is given, and no variable but `$`. */
function walkCall({ name, pipeline, at, text }: Call, scope: Walk): void {
  const nodes = scope.tree.defined.get(name);
  if (!nodes) {
    const where = `template: :1:${at}: executing "" at <${text}>`;
    throw new TemplateError(`${where}: template ${JSON.stringify(name)} not defined`);
  }
  const dot = pipeline ? settle(evaluate(pipeline.value, scope)) : undefined;
  walk(nodes, { ...scope, dot, variables: [new Map([['$', dot]])] });
}

function nested(scope: Walk, dot: unknown = scope.dot): Walk {
  return { ...scope, dot, variables: [...scope.variables, new Map()] };
}

function assign(pipeline: Pipeline, scope: Scope, value: unknown): unknown {
  const [name] = pipeline.variables;
  if (name === undefined) return value;
  const target = pipeline.declares ? scope.variables.at(-1) : variablesWith(name, scope);
  target?.set(name, value);
  return value;
}

/** The engine writes null for an empty list or map; what Go prints then depends on the field. */
function emptyFor(expression: Expression, value: unknown): unknown {
  if (value !== null || expression.kind !== 'pipeline') return value;
  const [command, ...rest] = expression.commands;
  const [field, ...more] = command?.operands ?? [];
  if (field?.kind !== 'field' || more.length > 0 || rest.length > 0) return value;
  return emptyOf(field.names.at(-1) ?? '');
}
