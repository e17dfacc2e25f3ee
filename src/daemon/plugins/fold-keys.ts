/**
 * Go's decoder takes a field by its name in any case (encoding/json, Unmarshal), and clients have come to rely on it:
 * `HostIP` for `HostIp`. Fields that a schema knows get its spelling; the keys of maps are a person's and stay.
 */
interface Schema {
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
}

/** In place. A name in the schema's own spelling wins over others. */
export function foldKeys(schema: Schema, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const branch of [...(schema.anyOf ?? []), ...(schema.allOf ?? [])]) foldKeys(branch, value);
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) foldKeys(schema.items, item);
    return;
  }
  foldFields(schema, value as Record<string, unknown>);
}

function foldFields({ properties, patternProperties }: Schema, fields: Record<string, unknown>): void {
  if (properties) respell(properties, fields);
  for (const [name, schema] of Object.entries(properties ?? {})) {
    if (Object.hasOwn(fields, name)) foldKeys(schema, fields[name]);
  }
  for (const schema of Object.values(patternProperties ?? {})) {
    for (const entry of Object.values(fields)) foldKeys(schema, entry);
  }
}

function respell(properties: Record<string, Schema>, fields: Record<string, unknown>): void {
  for (const key of Object.keys(fields)) {
    if (Object.hasOwn(properties, key)) continue;
    const folded = key.toLowerCase();
    const name = Object.keys(properties).find((known) => known.toLowerCase() === folded);
    if (name === undefined || Object.hasOwn(fields, name)) continue;
    fields[name] = fields[key];
    delete fields[key];
  }
}

/**
 * Go's decoder leaves out fields that it does not know, and so they never come back from an inspect. In place; maps keep
 * all of theirs.
 */
export function dropUnknown(schema: Schema, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const parts = partsOf(schema);
  if (Array.isArray(value)) {
    const items = { anyOf: parts.flatMap((part) => part.items ?? []) };
    for (const item of value) dropUnknown(items, item);
    return;
  }
  const entries = parts.flatMap(({ patternProperties }) => Object.values(patternProperties ?? {}));
  const isMap = entries.length > 0 || parts.every(({ properties }) => properties === undefined);
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const known = parts.flatMap(({ properties }) => properties?.[key] ?? []);
    if (known.length === 0 && !isMap) delete fields[key];
    else dropUnknown({ anyOf: [...known, ...entries] }, fields[key]);
  }
}

/** The schema and all that it is put together from. */
function partsOf(schema: Schema): Schema[] {
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap(partsOf)];
}
