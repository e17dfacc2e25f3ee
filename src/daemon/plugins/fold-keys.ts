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
