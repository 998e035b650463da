import type { TSchema } from 'typebox'
import { Type } from 'typebox'

/**
 * Shapes that several calls of the operator API share. One schema value a shape: validation, static types and the OpenAPI
 * document all come from it, so each property says what it is, in which unit and range.
 */

/** An instant on its way out. */
export const instantShape = (description: string) =>
  Type.String({ description: `${description} ISO 8601 in UTC.`, format: 'date-time' })

/** An instant in a query: read by `parseInstant`, so that a mistake is answered in our own words. */
export const instantQuery = (description: string) =>
  Type.String({
    description: `${description} ISO 8601 with an offset, or integer milliseconds since 1970.`,
    maxLength: 40,
  })

export const nullable = <T extends TSchema>(shape: T, description: string) =>
  Type.Union([shape, Type.Null()], { description })

/** A closed set of words as one `enum`, which documents better than a union of constants. */
export const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values], description })

/** One page of a list. */
export const pageOf = <T extends TSchema>(item: T, description: string) =>
  Type.Object(
    {
      items: Type.Array(item, { description: 'The entries of this page.' }),
      next: nullable(
        Type.String(),
        'Give this as `cursor` to read on; null: there is nothing more. Opaque, and good only with the same filters.',
      ),
    },
    { description },
  )

export const cursorQuery = Type.Optional(
  Type.String({ description: '`next` of the page before; absent: the first page.', maxLength: 4_096 }),
)

export const limitQuery = (max: number, usual: number) =>
  Type.Optional(
    Type.Integer({ description: 'Entries a page, at most.', minimum: 1, maximum: max, default: usual }),
  )

/** What an incident or a count speaks of, by name. */
export const Where = Type.Record(Type.String(), Type.String(), {
  description:
    'Attributes and their values: type, site, solver, region, account, group, labels.<key>. Empty: everything.',
})
