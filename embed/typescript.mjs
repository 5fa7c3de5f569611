// TypeScript's declarations of a JSON Schema, as far as docs/formats/report.schema.json uses it.

const comment = (text, indent) => (text ? `${indent}/** ${text.replaceAll("*/", "*\\/").replaceAll("\n", " ")} */\n` : "");

/** The type of a schema. */
function typeOf(schema) {
  if (schema === true || schema === undefined) return "unknown";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return several.map(typeOf).join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  switch (schema.type) {
    case "integer":
    case "number": return "number";
    case "string": return "string";
    case "boolean": return "boolean";
    case "null": return "null";
    case "array": {
      if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(", ")}]`;
      const item = typeOf(schema.items);
      return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
    }
    case "object": return schema.properties ? `{\n${fields(schema, "  ")}}` : schema.additionalProperties ? `Record<string, ${typeOf(schema.additionalProperties)}>` : "Record<string, unknown>";
    default: return "unknown";
  }
}

function fields(schema, indent) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, value]) =>
    `${comment(value.description, indent)}${indent}${name}${required.has(name) ? "" : "?"}: ${typeOf(value)};\n`).join("");
}

/** A module that exports an interface for each object of the schema. */
export function typesOfSchema(schema) {
  const all = { ...(schema.$defs ?? {}), [schema.title]: schema };
  return Object.entries(all).map(([name, one]) => (one.properties
    ? `${comment(one.description, "")}export interface ${name} {\n${fields(one, "  ")}}\n`
    : `${comment(one.description, "")}export type ${name} = ${typeOf(one)};\n`)).join("\n");
}
