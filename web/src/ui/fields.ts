/**
 * The fields of a form for a JSON schema of an object, and the values that are typed into them.
 *
 * What a field cannot show (lists, objects, alternatives) is written as JSON. The server checks
 * the values; its messages are put to the fields that they name.
 */

export type Kind = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'json';

export interface Field {
  name: string;
  kind: Kind;
  description: string;
  required: boolean;
  /** What is in the field at first; of a choice its JSON. */
  initial: string | boolean;
  minimum?: number | undefined;
  maximum?: number | undefined;
  maxLength?: number | undefined;
  /** JSON of the values of a choice. */
  choices: readonly string[];
}

export type Typed = Readonly<Record<string, string | boolean>>;

interface Schema {
  $ref?: unknown;
  type?: unknown;
  enum?: unknown;
  default?: unknown;
  description?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  maxLength?: unknown;
  properties?: unknown;
  required?: unknown;
  $defs?: unknown;
}

const KINDS: Readonly<Record<string, Kind>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
};

/** Returns the fields of a schema; none where the text is no schema of an object. */
export function fieldsOf(text: string): Field[] {
  const schema = object(parsed(text));
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(object(schema.properties)).map(([name, own]) =>
    fieldOf(name, own, object(schema.$defs), required.includes(name)),
  );
}

export function initialOf(fields: readonly Field[]): Typed {
  return Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));
}

/**
 * Returns the values that differ from what was there at first, and the fields whose text is no
 * value of their kind.
 */
export function valuesOf(
  fields: readonly Field[],
  typed: Typed,
): { values: Record<string, unknown>; wrong: Field[] } {
  const values: Record<string, unknown> = {};
  const wrong: Field[] = [];
  for (const field of fields) {
    const given = typed[field.name] ?? field.initial;
    if (given === field.initial && !field.required) continue;
    // An empty text is a value; an empty field of any other kind leaves the choice to the robot.
    if (given === '' && field.kind !== 'text') continue;
    const value = typeof given === 'boolean' ? given : meant(field.kind, given);
    if (isOf(field.kind, value)) values[field.name] = value;
    else wrong.push(field);
  }
  return { values, wrong };
}

/** Splits the message of a server into what it says of each field, and the rest. */
export function complaints(
  message: string,
  names: readonly string[],
): { byField: ReadonlyMap<string, string>; rest: string } {
  const byField = new Map<string, string>();
  const rest: string[] = [];
  // 'BEHAVIOR: FIELD is VALUE: what is allowed; FIELD is needed'
  const said = message.replace(/^\w+: /, '');
  for (const part of said.split('; ')) {
    const name = /^(\w+)(?:\.\S+)? is /.exec(part)?.[1];
    if (name && names.includes(name)) byField.set(name, part);
    else rest.push(part);
  }
  return byField.size > 0 ? { byField, rest: rest.join('; ') } : { byField, rest: message };
}

function fieldOf(name: string, own: unknown, shared: object, required: boolean): Field {
  const schema = { ...referred(object(own), shared), ...object(own) };
  const choices = Array.isArray(schema.enum) ? schema.enum.map((one) => JSON.stringify(one)) : [];
  const kind = choices.length > 0 ? 'choice' : (KINDS[String(schema.type)] ?? 'json');
  return {
    name,
    kind,
    description: typeof schema.description === 'string' ? schema.description : '',
    required,
    initial: initial(kind, schema.default),
    minimum: number(schema.minimum),
    maximum: number(schema.maximum),
    maxLength: number(schema.maxLength),
    choices,
  };
}

/** Returns the schema that another one points to within the same text. */
function referred(schema: Schema, shared: object): Schema {
  const name = /^#\/\$defs\/(.+)$/.exec(String(schema.$ref))?.[1];
  return name ? object((shared as Record<string, unknown>)[name]) : {};
}

function initial(kind: Kind, value: unknown): string | boolean {
  if (kind === 'boolean') return value === true;
  if (value === undefined) return '';
  return kind === 'text' ? String(value) : JSON.stringify(value);
}

function meant(kind: Kind, text: string): unknown {
  if (kind === 'text') return text;
  // Some write 0,5.
  return parsed(kind === 'number' ? text.replace(',', '.') : text);
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === 'integer') return Number.isInteger(value);
  if (kind === 'number') return typeof value === 'number';
  return value !== undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function object(value: unknown): Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** Returns what JSON text means; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
