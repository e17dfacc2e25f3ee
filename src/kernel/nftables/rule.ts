/** Rules, as requests. */
import { attribute, NLM, nested, text } from '../netlink/message.ts';
import type { Expression } from './expression.ts';
import { MSG, type Request, request, type TableName } from './request.ts';

/** Behind the others of the chain. */
export function addRule(table: TableName, chain: string, expressions: Expression[]): Request {
  return ruleRequest(table, chain, NLM.CREATE | NLM.APPEND, nested(4, ...expressions));
}

/** Where among the rules of a chain a rule goes; a handle: before the rule that has it. */
export type RulePlace = 'first' | 'last' | Uint8Array;

/** With a comment to know it again by. */
export function placeRule(
  table: TableName,
  chain: string,
  place: RulePlace,
  expressions: Expression[],
  comment: string,
): Request {
  const bytes = text(comment);
  const userdata = Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
  const flags = place === 'last' ? NLM.CREATE | NLM.APPEND : NLM.CREATE;
  const before = typeof place === 'string' ? [] : [attribute(6, place)];
  return ruleRequest(table, chain, flags, nested(4, ...expressions), ...before, attribute(7, userdata));
}

function ruleRequest(table: TableName, chain: string, flags: number, ...parts: Uint8Array[]): Request {
  const where = [attribute(1, text(table.name)), attribute(2, text(chain))];
  return request(`add rule to ${chain}`, MSG.NEWRULE, flags, table, ...where, ...parts);
}

export function deleteRule(table: TableName, chain: string, handle: Uint8Array): Request {
  const where = [attribute(1, text(table.name)), attribute(2, text(chain)), attribute(3, handle)];
  return request(`delete rule of ${chain}`, MSG.DELRULE, 0, table, ...where);
}
