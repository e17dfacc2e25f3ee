/** Exec: a further process in a running container. */
import Type, { type Static } from 'typebox';
import { CommandLine, lenient, nullable, query, Texts } from './schema.ts';

export const ExecCreateRequest = lenient({
  AttachStdin: Type.Boolean(),
  AttachStdout: Type.Boolean(),
  AttachStderr: Type.Boolean(),
  /** Height, width. */
  ConsoleSize: Type.Array(Type.Integer()),
  DetachKeys: Type.String(),
  Tty: Type.Boolean(),
  Env: Texts,
  Cmd: CommandLine,
  Privileged: Type.Boolean(),
  User: Type.String(),
  WorkingDir: Type.String(),
});
export type ExecCreateRequest = Static<typeof ExecCreateRequest>;

export const ExecStartRequest = lenient({
  Detach: Type.Boolean(),
  Tty: Type.Boolean(),
  ConsoleSize: Type.Array(Type.Integer()),
});
export type ExecStartRequest = Static<typeof ExecStartRequest>;

export const ExecInspectResponse = Type.Object({
  ID: Type.String(),
  Running: Type.Boolean(),
  ExitCode: nullable(Type.Integer()),
  ProcessConfig: Type.Object({
    tty: Type.Boolean(),
    entrypoint: Type.String(),
    arguments: Texts,
    privileged: Type.Boolean(),
    user: Type.Optional(Type.String()),
  }),
  OpenStdin: Type.Boolean(),
  OpenStderr: Type.Boolean(),
  OpenStdout: Type.Boolean(),
  CanRemove: Type.Boolean(),
  ContainerID: Type.String(),
  DetachKeys: Type.String(),
  /** 0 until it runs. */
  Pid: Type.Integer(),
});
export type ExecInspectResponse = Static<typeof ExecInspectResponse>;

export const ExecResizeQuery = query('h', 'w');
/** An extension: POST /exec/{id}/kill. */
export const ExecKillQuery = query('signal');
