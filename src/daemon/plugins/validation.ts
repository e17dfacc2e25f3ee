/**
 * Requests are checked against their TypeBox schema, which is compiled when a route is first asked for: a boot
 * compiles nothing. Answers are written as they are: their schemas feed the OpenAPI document only.
 */
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { Compile } from 'typebox/schema';
import { internal, invalidArgument } from '../../core/errors.ts';
import { dropUnknown, foldKeys } from './fold-keys.ts';

type Validator = ReturnType<typeof Compile>;
type SchemaError = { instancePath: string; message: string };
type Query = Record<string, string | string[]>;
type QuerySchema = { properties?: Record<string, { type?: string }>; allOf?: QuerySchema[] };

const PART_NAMES: Record<string, string> = {
  body: 'request body',
  querystring: 'query',
  params: 'path',
  headers: 'headers',
};

const missing = (): never => {
  throw internal('requests cannot be checked: validation() is missing');
};

/** For fastify's options. Not told so, it loads compilers of its own before `validation` can say that it needs none. */
export const noCompilers: FastifyServerOptions['schemaController'] = {
  compilersFactory: { buildValidator: () => missing, buildSerializer: () => missing },
};

export function validation(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema, httpPart }) => {
    let validator: Validator | undefined;
    return (data: unknown) => {
      validator ??= Compile(schema as object);
      const value = data ?? {};
      if (httpPart === 'body') foldKeys(schema as object, value);
      if (httpPart === 'querystring') keepFirst(schema as object, value as Query);
      if (validator.Check(value)) {
        if (httpPart === 'body') dropUnknown(schema as object, value);
        return { value };
      }
      return { error: refusal(httpPart ?? 'body', validator.Errors(value)[1]) };
    };
  });
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
}

/** Of a parameter that is said twice Go takes the first (net/url, Values.Get), but where a list is meant. */
function keepFirst({ properties, allOf }: QuerySchema, query: Query): void {
  for (const part of allOf ?? []) keepFirst(part, query);
  for (const [name, { type }] of Object.entries(properties ?? {})) {
    const value = query[name];
    if (type === 'string' && Array.isArray(value)) query[name] = value[0] ?? '';
  }
}

function refusal(part: string, errors: SchemaError[]): Error {
  const [first] = errors;
  const path = first?.instancePath ?? '';
  const expected = errors
    .filter((error) => error.instancePath === path && /^must be (?!null)/.test(error.message))
    .map((error) => error.message.slice('must be '.length));
  const field = path.slice(1).replaceAll('/', '.');
  const words = expected.length > 0 ? `must be ${[...new Set(expected)].join(' or ')}` : first?.message;
  return invalidArgument(`invalid ${PART_NAMES[part] ?? part}: ${field && `${field} `}${words}`);
}
