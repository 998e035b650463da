import type { FastifyRequest, FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { ApiProblem } from './problem.ts'

/** Complaints told at once; more would help nobody. */
const COMPLAINTS_MAX = 5

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>
}

/**
 * Makes Fastify check requests against the schemas of `protocol`. Bodies are taken as they are: nothing is coerced, filled in
 * or dropped. A query is text, so numbers are read from it where the schema wants one. Compiled at first use, which
 * spares the start.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let validator: ReturnType<typeof Compile> | undefined
  return (value: unknown) => {
    validator ??= Compile(schema)
    const read = httpPart === 'querystring' ? readNumbers(schema as ObjectSchema, value) : value
    if (validator.Check(read)) return { value: read }
    const [, errors] = validator.Errors(read)
    return {
      error: new ApiProblem('invalid', describe(errors, schema as ObjectSchema, httpPart ?? 'request')),
    }
  }
}

function readNumbers({ properties = {} }: ObjectSchema, query: unknown): unknown {
  const read: Record<string, unknown> = { ...(query as Record<string, unknown>) }
  for (const [name, value] of Object.entries(read)) {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined
    if (type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value))
      read[name] = Number(value)
  }
  return read
}

interface Complaint {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

function describe(complaints: readonly Complaint[], schema: ObjectSchema, part: string): string {
  const told = new Set(complaints.flatMap((complaint) => sentences(complaint, schema, part)))
  const shown = [...told].slice(0, COMPLAINTS_MAX)
  const rest = told.size - shown.length
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`
}

function sentences(complaint: Complaint, schema: ObjectSchema, part: string): string[] {
  const { keyword, instancePath, message } = complaint
  const params = complaint.params as Readonly<Record<string, unknown>>
  const where = instancePath === '' ? `the ${part}` : instancePath.slice(1).replaceAll('/', '.')
  switch (keyword) {
    // Says the same as `additionalProperties`, without the name.
    case 'boolean':
      return []
    case 'additionalProperties': {
      const known = Object.keys(schema.properties ?? {}).join(', ')
      return (params.additionalProperties as string[]).map(
        (name) => `${JSON.stringify(name.slice(0, 64))} is not known here; known are ${known}`,
      )
    }
    case 'required':
      return (params.requiredProperties as string[]).map((name) => `${name} is missing`)
    case 'enum':
      return [`${where} is none of ${(params.allowedValues as unknown[]).join(', ')}`]
    case 'pattern':
      return [`${where} has characters that are not allowed (${String(params.pattern)})`]
    default:
      return [`${where} ${message}`]
  }
}

/** For calls whose body is all optional: none at all means none of it. */
export async function emptyBodyIsEmptyObject(request: FastifyRequest): Promise<void> {
  request.body ??= {}
}
