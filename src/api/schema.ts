/**
 * The vocabulary that the other files of api/ write their schemas in. Requests are as lenient as Go's decoder is:
 * every field may be absent or null, unknown fields pass. Responses name what is always there.
 */
import Type, {
  type TNull,
  type TObject,
  type TOptional,
  type TProperties,
  type TSchema,
  type TUnion,
} from 'typebox';

export type Lenient<P extends TProperties> = TObject<{ [K in keyof P]: TOptional<TUnion<[P[K], TNull]>> }>;

/** An object of a request: each property optional, and null means absent. */
export function lenient<P extends TProperties>(properties: P): Lenient<P> {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    Type.Optional(Type.Union([schema, Type.Null()])),
  ]);
  return Type.Object(Object.fromEntries(fields)) as unknown as Lenient<P>;
}

export type Query<K extends string> = TObject<{ [P in K]: ReturnType<typeof optionalText> }>;

/** A query string of these parameters, all optional text; `flag()` and `number()` of query.ts read them. */
export function query<K extends string>(...names: K[]): Query<K> {
  return Type.Object(Object.fromEntries(names.map((name) => [name, optionalText()]))) as unknown as Query<K>;
}

function optionalText() {
  return Type.Optional(Type.String());
}

export const Texts = Type.Array(Type.String());
export const TextMap = Type.Record(Type.String(), Type.String());
/** A set as Go writes one: the keys count, the values are `{}` or null. */
export const KeySet = Type.Record(Type.String(), Type.Unknown());
/** A command line, or other words: an array, or one string as clients of old sent it. */
export const CommandLine = Type.Union([Texts, Type.String()]);
/** A query parameter that may be repeated. */
export const Repeated = Type.Optional(Type.Union([Type.String(), Texts]));

/** As `query`, of parameters that may be repeated. */
export function repeatable<K extends string>(...names: K[]): TObject<{ [P in K]: typeof Repeated }> {
  const fields = Object.fromEntries(names.map((name) => [name, Repeated]));
  return Type.Object(fields) as unknown as TObject<{ [P in K]: typeof Repeated }>;
}

export function nullable<T extends TSchema>(schema: T): TUnion<[T, TNull]> {
  return Type.Union([schema, Type.Null()]);
}

/** One of these words; the type is the union of them. */
export function oneOf<const W extends string[]>(...words: W) {
  return Type.Enum(words);
}

export const IdParams = Type.Object({ id: Type.String() });
export const NameParams = Type.Object({ name: Type.String() });
