// Schemas whose errors read like ours: each is one sentence that names the field, what is allowed and what was given.
import * as v from 'valibot'
import { didYouMean } from '../../did-you-mean.ts'
import { isObject, isText, type JsonObject } from '../api/json.ts'

type Given = { readonly input: unknown }

const longestShown = 60

/** A value as an error quotes it. */
export const shown = (value: unknown): string => {
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > longestShown ? `${text.slice(0, longestShown - 1)}…` : text
}

export const mustBe =
  (what: string) =>
  ({ input }: Given): string =>
    input === undefined ? 'is missing' : `must be ${what}, not ${shown(input)}`

/** Ends a sentence and asks for a word that may have been meant; empty if there is none. */
export const hint = (given: unknown, words: readonly string[]): string => {
  const question = isText(given) ? didYouMean(given, words) : ''
  return question === '' ? '' : `.${question}`
}

/** Says which words are allowed, and which of them may have been meant. */
export const mustBeOneOf =
  (words: readonly string[]) =>
  ({ input }: Given): string =>
    mustBe(`one of ${words.map(shown).join(', ')}`)({ input }) + hint(input, words)

export const text = v.string(mustBe('a string'))
export const filledText = v.custom<string>(
  (value) => isText(value) && value !== '',
  mustBe('a string that is not empty'),
)
export const flag = v.boolean(mustBe('true or false'))
export const jsonObject = v.custom<JsonObject>(isObject, mustBe('an object'))
/** Any value, but not none. */
export const anything = v.custom<unknown>((value) => value !== undefined, mustBe('given'))
export const aFunction = <T>() => v.custom<T>((value) => typeof value === 'function', mustBe('a function'))

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.custom<number>(
    (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    mustBe(
      most === Number.MAX_SAFE_INTEGER
        ? `a whole number of at least ${least}`
        : `a whole number from ${least} to ${most}`,
    ),
  )

/** Node runs a timer of more milliseconds at once. */
export const longestTimer = 2 ** 31 - 1

export const milliseconds = v.custom<number>(
  (value) => typeof value === 'number' && value >= 0 && value <= longestTimer,
  mustBe(`milliseconds from 0 to ${longestTimer}`),
)

export const oneOf = <const Words extends readonly string[]>(...words: Words) => v.picklist(words, mustBeOneOf(words))

export const onlyTrue = v.literal(true, mustBe('true'))

export const list = <Item extends v.GenericSchema>(item: Item) => v.array(item, mustBe('an array'))

export const dictionary = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(jsonObject, v.record(v.string(), value))

/** Either of two forms; `what` names both. */
export const either = <One extends v.GenericSchema, Other extends v.GenericSchema>(
  one: One,
  other: Other,
  what: string,
) => v.union([one, other], mustBe(what))

/**
 * An object with these fields and no others. A field that is present but undefined counts as left out. `excluded` says of
 * fields that similar objects have why this one can't.
 */
export const fields = <Entries extends v.ObjectEntries>(
  entries: Entries,
  excluded: Readonly<Record<string, string>> = {},
) =>
  v.strictObject(entries, ({ expected, input }) => {
    if (expected !== 'never') return mustBe('an object')({ input })
    const name = String(input)
    if (Object.hasOwn(excluded, name)) return `can't have ${name}: ${excluded[name]}`
    const names = Object.keys(entries)
    return `has no field ${shown(name)}; it may have ${names.join(', ')}${hint(name, names)}`
  })

/** {@link fields} for a value that may be an array, which valibot takes for an object. */
export const shape = <Entries extends v.ObjectEntries>(
  entries: Entries,
  excluded: Readonly<Record<string, string>> = {},
) => v.pipe(jsonObject, fields(entries, excluded))

/** What is wrong with an object as a whole: the field to blame, if there is one, and the rest of the sentence. */
export type Clash = readonly [field: string | undefined, message: string]

/** A rule about several fields of an object, for the pipe of its schema. */
export const rule = <Value extends object>(clashIn: (value: Value) => Clash | undefined) =>
  v.rawCheck<Value>(({ dataset, addIssue }) => {
    const [field, message] = (dataset.typed && clashIn(dataset.value)) || []
    if (message === undefined) return
    const path = [{ type: 'unknown', origin: 'value', input: dataset.value, key: field, value: undefined }] as const
    addIssue(field === undefined ? { message } : { message, path: [...path] })
  })

const isUnknownField = ({ type, expected }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && expected === 'never'

/** Where an issue is: `script[1].content[0].text`. */
const placeOf = (issue: v.BaseIssue<unknown>, root: string): string => {
  // The object is to blame for a field that it can't have.
  const path = (issue.path ?? []).slice(0, isUnknownField(issue) ? -1 : undefined)
  return path.reduce((place, { key }) => place + (typeof key === 'number' ? `[${key}]` : `.${String(key)}`), root)
}

/**
 * What is wrong with a value; undefined when nothing is. `place` is what the value is called. An unknown field comes first:
 * where a name is misspelled, the right one is missing as well.
 */
export const problemOf = (schema: v.GenericSchema, value: unknown, place: string): string | undefined => {
  const { issues } = v.safeParse(schema, value)
  const issue = issues?.find(isUnknownField) ?? issues?.[0]
  return issue && `${placeOf(issue, place)} ${issue.message}`
}
