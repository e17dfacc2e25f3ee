/** Numbers of a query string that must be numbers, refused in the words of Go's strconv, which clients have seen for years. */
import { number } from '../api/query.ts';
import { invalidArgument } from '../core/errors.ts';

export function integer(text: string): number {
  const value = number(text);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  throw invalidArgument(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}
