// Schemas of fields that facts share.
import * as v from 'valibot'

export const id = v.pipe(v.string(), v.minLength(1))
export const count = v.pipe(v.number(), v.minValue(0))
const block = v.looseObject({ type: id })
export const blocks = v.array(block)
export const content = v.union([v.string(), blocks])
