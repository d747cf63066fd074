/** What is read of an OpenAPI 3.1 document: as far as FastAPI writes it. */
export type Schema = {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  examples?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  format?: string;
};

type Content = Record<string, { schema?: Schema; example?: unknown }>;
export type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema };
type Described = {
  tags?: string[];
  summary?: string;
  description?: string;
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
  security?: unknown[];
};
export type Document = {
  paths: Record<string, Record<string, Described>>;
  components?: { schemas?: Record<string, Schema> };
  servers?: { url: string }[];
};

export type Shown = { form: string; fields: Field[]; examples: string[] };
export type Field = { name: string; type: string; required: boolean; description: string };
export type Answer = { status: string; description: string; body: Shown | null };
export type Operation = {
  id: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  open: boolean;
  parameters: Parameter[];
  body: Shown | null;
  answers: Answer[];
  curl: string;
};

/** All operations, by their tags in the order of the alphabet, within one by their paths. */
export function operations(document: Document): Operation[] {
  const found = Object.entries(document.paths).flatMap(([path, doors]) =>
    Object.entries(doors).map(([method, told]) => operation(document, path, method, told)),
  );
  return found.sort((a, b) => a.tag.localeCompare(b.tag) || a.path.localeCompare(b.path));
}

function operation(document: Document, path: string, method: string, told: Described): Operation {
  const body = told.requestBody ? shown(document, told.requestBody.content) : null;
  return {
    id: told.operationId ?? `${method}-${path}`,
    tag: told.tags?.[0] ?? "others",
    method: method.toUpperCase(),
    path,
    summary: told.summary ?? path,
    description: told.description ?? "",
    open: !told.security?.length,
    parameters: told.parameters ?? [],
    body,
    answers: Object.entries(told.responses).map(([status, answer]) => ({
      status,
      description: answer.description ?? "",
      body: answer.content ? shown(document, answer.content) : null,
    })),
    curl: curl(document.servers?.[0]?.url ?? "", path, method.toUpperCase(), told, body),
  };
}

function shown(document: Document, content: Content): Shown | null {
  const first = Object.entries(content)[0];
  if (!first) return null;
  const [form, { schema, example }] = first;
  const examples = example === undefined ? examplesOf(document, schema) : [example];
  return { form, fields: schema ? fields(document, schema) : [], examples: examples.map(written) };
}

function written(example: unknown): string {
  return typeof example === "string" ? example : JSON.stringify(example, null, 2);
}

function resolved(document: Document, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return (name && document.components?.schemas?.[name]) || schema;
}

function examplesOf(document: Document, schema: Schema | undefined): unknown[] {
  if (!schema) return [];
  const own = resolved(document, schema);
  if (own.examples?.length) return own.examples;
  if (own.anyOf) return own.anyOf.flatMap((one) => examplesOf(document, one));
  if (own.items) {
    const item = examplesOf(document, own.items)[0];
    return item === undefined ? [] : [[item]];
  }
  return [];
}

function fields(document: Document, schema: Schema): Field[] {
  const own = resolved(document, schema);
  return Object.entries(own.properties ?? {}).map(([name, one]) => ({
    name,
    type: typeName(one),
    required: own.required?.includes(name) ?? false,
    description: one.description ?? "",
  }));
}

/** A type in a word or two: "integer", "string or null", "array of AssetView", "one of public, token". */
export function typeName(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1) ?? "object";
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeName).join(" or ");
  if (schema.type === "array") return `array of ${schema.items ? typeName(schema.items) : "anything"}`;
  return schema.type ?? "anything";
}

function curl(base: string, path: string, method: string, told: Described, body: Shown | null): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const example = told.parameters?.find((one) => one.name === name)?.schema?.examples?.[0];
    return example === undefined ? name.toUpperCase() : String(example);
  });
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}"$SERVER${base}${filled}"`];
  if (told.security?.length) lines.push('-H "Authorization: Bearer $TOKEN"');
  const example = body?.examples[0];
  if (body?.form === "application/json" && example !== undefined) {
    lines.push('-H "Content-Type: application/json"', `-d '${compact(example).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}
