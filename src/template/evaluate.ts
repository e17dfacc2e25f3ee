// The value of an expression: operands, functions, and pipes from one command to the next.

import type { Command, Expression, FieldChain } from './expression.ts';
import { present, readFields, settle } from './fields.ts';
import { type TemplateFunction, truth } from './functions.ts';
import { TemplateError } from './scan.ts';

export interface Scope {
  readonly dot: unknown;
  readonly variables: readonly Map<string, unknown>[];
  readonly functions: Readonly<Record<string, TemplateFunction>>;
  /** The Go type that errors name for the outermost value; 'map' makes them speak of map keys. */
  readonly type: string;
  readonly root: unknown;
}

export function evaluate(expression: Expression, scope: Scope): unknown {
  if (expression.kind === 'literal') return expression.value;
  if (expression.kind === 'dot') return scope.dot;
  if (expression.kind === 'variable') return variablesWith(expression.name, scope).get(expression.name);
  if (expression.kind === 'field') return readChain(expression, scope, []);
  if (expression.kind === 'function') return callFunction(expression.name, [], scope, placeOf(expression));
  return runPipeline(expression.commands, scope);
}

/** The variables of the innermost block that knows the name. */
export function variablesWith(name: string, { variables }: Scope): Map<string, unknown> {
  const found = variables.findLast((each) => each.has(name));
  if (!found) throw new TemplateError(`template: :1: undefined variable "${name}"`);
  return found;
}

function placeOf(expression: { readonly name: string }): Place {
  return { at: 0, text: expression.name };
}

function runPipeline(commands: readonly Command[], scope: Scope): unknown {
  return commands.reduce(
    (value: unknown, command, index) => runCommand(command, index > 0 ? [present(value)] : [], scope),
    undefined,
  );
}

/** `piped` is the value that comes through the bar: the last argument. */
function runCommand(command: Command, piped: readonly unknown[], scope: Scope): unknown {
  const [head, ...rest] = command.operands;
  if (!head) return undefined;
  const given = () => [...rest.map((each) => evaluate(each, scope)), ...piped];
  if (head.kind === 'function') {
    return callFunction(head.name, lazily(head.name, rest, scope) ?? given(), scope, command);
  }
  if (head.kind === 'field') return readChain(head, scope, given());
  const where = `template: :1:${command.at}: executing "" at <${command.text}>`;
  if (head.kind === 'literal' && head.value === null && rest.length + piped.length === 0)
    throw new TemplateError(`${where}: nil is not a command`);
  if (rest.length + piped.length > 0)
    throw new TemplateError(`${where}: can't give argument to non-function ${command.text.split(' ')[0]}`);
  return evaluate(head, scope);
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

interface Place {
  readonly at: number;
  readonly text: string;
}

function callFunction(name: string, values: readonly unknown[], scope: Scope, { at, text }: Place): unknown {
  const known = scope.functions[name];
  const settled = values.map((value) =>
    name === 'index' || name === 'json' ? present(value) : settle(value),
  );
  try {
    return known?.(...settled);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const where = `template: :1:${at}: executing "" at <${text}>`;
    throw new TemplateError(`${where}: error calling ${name}: ${reason}`, { cause: error });
  }
}

function readChain(field: FieldChain, scope: Scope, given: readonly unknown[]): unknown {
  const where = `template: :1:${field.at}: executing "" at <${field.text}>`;
  const { root, type } = scope;
  return readFields(present(evaluate(field.of, scope)), { names: field.names, where, root, type, given });
}
