/** The body of every refusal. */
import Type, { type Static } from 'typebox';

export const ErrorResponse = Type.Object({ message: Type.String() });
export type ErrorResponse = Static<typeof ErrorResponse>;

export const IdResponse = Type.Object({ Id: Type.String() });
export type IdResponse = Static<typeof IdResponse>;

/** One line of a JSON stream that says the operation failed after the head was sent. */
export const StreamError = Type.Object({
  error: Type.String(),
  errorDetail: Type.Object({ code: Type.Optional(Type.Integer()), message: Type.String() }),
});
export type StreamError = Static<typeof StreamError>;
