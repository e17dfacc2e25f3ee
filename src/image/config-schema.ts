/** The shape of an image's config as it comes from outside: as lenient as Go's decoder, and no more. */
import Type, { type TProperties, type TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { invalidArgument } from '../core/errors.ts';

const orNull = (schema: TSchema) => Type.Optional(Type.Union([schema, Type.Null()]));
const fields = (properties: TProperties) =>
  Type.Object(Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, orNull(schema)])));

const Texts = Type.Array(Type.String());
const KeySet = Type.Record(Type.String(), Type.Unknown());

const ImageConfig = fields({
  created: Type.String(),
  author: Type.String(),
  architecture: Type.String(),
  os: Type.String(),
  variant: Type.String(),
  config: fields({
    User: Type.String(),
    ExposedPorts: KeySet,
    Env: Texts,
    Entrypoint: Texts,
    Cmd: Texts,
    Volumes: KeySet,
    WorkingDir: Type.String(),
    Labels: Type.Record(Type.String(), Type.String()),
    StopSignal: Type.String(),
    StopTimeout: Type.Integer(),
    Shell: Texts,
    OnBuild: Texts,
    Healthcheck: fields({
      Test: Texts,
      Interval: Type.Integer(),
      Timeout: Type.Integer(),
      StartPeriod: Type.Integer(),
      StartInterval: Type.Integer(),
      Retries: Type.Integer(),
    }),
  }),
  rootfs: fields({ type: Type.String(), diff_ids: Texts }),
  history: Type.Array(
    fields({
      created: Type.String(),
      created_by: Type.String(),
      author: Type.String(),
      comment: Type.String(),
      empty_layer: Type.Boolean(),
    }),
  ),
});

let compiled: ReturnType<typeof Compile> | undefined;

/** Throws `invalid-argument` naming the first field that is of another type. */
export function checkConfig(config: unknown): void {
  compiled ??= Compile(ImageConfig);
  if (compiled.Check(config)) return;
  const [, [error]] = compiled.Errors(config);
  throw invalidArgument(`invalid image config: ${error?.instancePath ?? ''} ${error?.message ?? ''}`.trim());
}
