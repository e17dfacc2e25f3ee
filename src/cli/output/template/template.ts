// Go's text/template, as much of it as `--format` is used with. parse.ts makes the tree, this file walks it.

import { builtins, type TemplateFunction, truth } from './functions.ts';
import { type Block, type Expression, type FieldChain, type Node, type Pipeline, parse } from './parse.ts';
import { printValue } from './print.ts';
import { TemplateError } from './scan.ts';

export { TemplateError };

type Functions = Readonly<Record<string, TemplateFunction>>;

export interface Template {
  /** `type` is the Go type that errors name for the outermost value; 'map' makes them speak of map keys. */
  render(data: unknown, type: string, functions?: Functions): string;
}

export function parseTemplate(text: string): Template {
  const nodes = parse(text);
  return {
    render(data, type, own = {}) {
      const functions = { ...builtins, ...own };
      const scope: Scope = { dot: data, variables: [new Map([['$', data]])], functions, type, root: data };
      return renderNodes(nodes, scope);
    },
  };
}

interface Scope {
  readonly dot: unknown;
  readonly variables: readonly Map<string, unknown>[];
  readonly functions: Functions;
  readonly type: string;
  readonly root: unknown;
}

/** A key that a map of the engine's JSON does not have: false in a condition, an error when printed. */
class Missing {
  readonly complaint: string;
  constructor(complaint: string) {
    this.complaint = complaint;
  }
}

function renderNodes(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join('');
}

function renderNode(node: Node, scope: Scope): string {
  if (node.kind === 'text') return node.text;
  if (node.kind === 'range') return renderRange(node, scope);
  if (node.kind === 'print') {
    const value = assign(node.pipeline, scope, evaluate(node.pipeline.value, scope));
    if (node.pipeline.variables.length > 0) return '';
    return printValue(emptyFor(node.pipeline.value, present(value)));
  }
  const inner = nested(scope);
  const value = settle(assign(node.pipeline, inner, evaluate(node.pipeline.value, inner)));
  if (!truth(value)) return renderNodes(node.otherwise, inner);
  return renderNodes(node.body, node.kind === 'with' ? { ...inner, dot: value } : inner);
}

function renderRange(node: Block, scope: Scope): string {
  const value = settle(evaluate(node.pipeline.value, scope));
  const entries = entriesOf(value);
  if (entries.length === 0) return renderNodes(node.otherwise, nested(scope));
  const [first, second] = node.pipeline.variables;
  return entries
    .map(([key, item]) => {
      const inner = nested(scope, item);
      if (first && second) inner.variables.at(-1)?.set(first, key).set(second, item);
      else if (first) inner.variables.at(-1)?.set(first, item);
      return renderNodes(node.body, inner);
    })
    .join('');
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()];
  if (typeof value === 'number') return Array.from({ length: value }, (_, index) => [index, index] as const);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function nested(scope: Scope, dot: unknown = scope.dot): Scope {
  return { ...scope, dot, variables: [...scope.variables, new Map()] };
}

function assign(pipeline: Pipeline, scope: Scope, value: unknown): unknown {
  const [name] = pipeline.variables;
  if (name === undefined) return value;
  const known = scope.variables.findLast((variables) => variables.has(name));
  const target = pipeline.declares ? scope.variables.at(-1) : known;
  if (!target) throw new TemplateError(`template: :1: undefined variable "${name}"`);
  target.set(name, value);
  return value;
}

function evaluate(expression: Expression, scope: Scope): unknown {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'dot') return scope.dot;
  if (expression.kind === 'variable') return lookUp(expression.name, scope);
  if (expression.kind === 'field') return readField(expression, scope, []);
  if (expression.kind === 'function') return callFunction(expression, [], scope);
  return runPipeline(expression.commands, scope);
}

function runPipeline(commands: readonly (readonly Expression[])[], scope: Scope): unknown {
  let value: unknown;
  for (const [index, [head, ...rest]] of commands.entries()) {
    if (!head) continue;
    const given = () => [
      ...rest.map((each) => evaluate(each, scope)),
      ...(index > 0 ? [present(value)] : []),
    ];
    if (head.kind === 'function')
      value = callFunction(head, lazily(head.name, rest, scope) ?? given(), scope);
    else if (head.kind === 'field') value = readField(head, scope, given());
    else value = evaluate(head, scope);
  }
  return value;
}

/** `and` and `or` stop at the first value that decides. */
function lazily(name: string, operands: readonly Expression[], scope: Scope): unknown[] | undefined {
  if ((name !== 'and' && name !== 'or') || operands.length === 0) return undefined;
  let value: unknown;
  for (const operand of operands) {
    value = settle(evaluate(operand, scope));
    if (truth(value) === (name === 'or')) break;
  }
  return [value];
}

function lookUp(name: string, scope: Scope): unknown {
  const variables = scope.variables.findLast((variables) => variables.has(name));
  if (!variables) throw new TemplateError(`template: :1: undefined variable "${name}"`);
  return variables.get(name);
}

function callFunction(call: { name: string; at: number }, values: readonly unknown[], scope: Scope): unknown {
  const known = Object.hasOwn(scope.functions, call.name) ? scope.functions[call.name] : undefined;
  if (!known) throw new TemplateError(`template: :1: function "${call.name}" not defined`);
  const settled = values.map((value) =>
    call.name === 'index' || call.name === 'json' ? present(value) : settle(value),
  );
  try {
    return known(...settled);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const where = `template: :1:${call.at}: executing "" at <${call.name}>`;
    throw new TemplateError(`${where}: error calling ${call.name}: ${reason}`, { cause: error });
  }
}

/** Arguments (`.Label "x"`) belong to the last name of the chain. */
function readField(field: FieldChain, scope: Scope, given: readonly unknown[]): unknown {
  const where = `template: :1:${field.at}: executing "" at <${field.text}>`;
  let value = present(evaluate(field.of, scope));
  for (const [index, name] of field.names.entries()) {
    const last = index === field.names.length - 1;
    value = readOne(
      { owner: present(value), name, where, parent: parentName(field, index) },
      scope,
      last ? given : [],
    );
  }
  return value;
}

interface Access {
  readonly owner: unknown;
  readonly name: string;
  readonly where: string;
  /** The name of the field that holds the owner, with the one before it: 'LogConfig.Config'. */
  readonly parent: string;
}

function readOne({ owner, name, where, parent }: Access, scope: Scope, given: readonly unknown[]): unknown {
  if (owner === undefined || owner === null) {
    throw new TemplateError(`${where}: nil pointer evaluating interface {}.${name}`);
  }
  if (typeof owner !== 'object') {
    throw new TemplateError(`${where}: can't evaluate field ${name} in type ${goType(owner)}`);
  }
  if (Object.hasOwn(owner, name)) {
    const value: unknown = owner[name as keyof typeof owner];
    return typeof value === 'function' ? value(...given) : value;
  }
  if (owner === scope.root && scope.type !== 'map') {
    throw new TemplateError(`${where}: can't evaluate field ${name} in type ${scope.type}`);
  }
  // Docker's templates name Go's fields, the API their JSON: `APIVersion` is `ApiVersion` there, `ID` is `Id`.
  const twin = Object.keys(owner).find((key) => key.toLowerCase() === name.toLowerCase());
  if (twin !== undefined) return owner[twin as keyof typeof owner];
  if (openMaps.has(parent.replace(/.*\./, '')) && !/^(?!LogConfig).*\bConfig$/.test(parent)) return undefined;
  return new Missing(`${where}: map has no entry for key ${JSON.stringify(name)}`);
}

function parentName(field: FieldChain, index: number): string {
  return field.names.slice(Math.max(0, index - 2), index).join('.');
}

/** Maps from a name to something: what they lack prints as nothing rather than failing. */
const openMaps = new Set(
  'Labels Options Networks Ports PortBindings Volumes ExposedPorts Config Sysctls Annotations DriverOpts Containers Tmpfs Attributes'.split(
    ' ',
  ),
);

/** The engine writes null for an empty list or map; these print as `[]` and `map[]`, a missing limit as `<nil>`. */
function emptyFor(expression: Expression, value: unknown): unknown {
  if (value !== null) return value;
  const [[field, ...more] = [], ...rest] = expression.kind === 'pipeline' ? expression.commands : [];
  if (field?.kind !== 'field' || more.length > 0 || rest.length > 0) return value;
  const name = field.names.at(-1) ?? '';
  if (pointers.has(name)) return value;
  return openMaps.has(name) || name === 'StorageOpt' ? {} : [];
}

const pointers = new Set(
  'PidsLimit OomKillDisable MemorySwappiness Init Healthcheck Health StopTimeout IPAMConfig Status UsageData'.split(
    ' ',
  ),
);

function present(value: unknown): unknown {
  if (value instanceof Missing) throw new TemplateError(value.complaint);
  return value;
}

function settle(value: unknown): unknown {
  return value instanceof Missing ? undefined : value;
}

function goType(value: unknown): string {
  if (typeof value === 'number') return 'json.Number';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
