import type { ReplyRequestOptions } from '../reply/reply-request.ts'
import { fitToModel, takesSystemMessages } from '../claude/model-limits.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import { entryOf, type ModelEntry } from '../refusals/policy.ts'
import { entriesByModel } from './model-entries.ts'
import type { Prompt } from './prompt.ts'
import { replyTarget } from './request-target.ts'

/** What requests to one model carry besides the messages. */
export interface ModelRequest extends Pick<ReplyRequestOptions, 'target' | 'maxTokens' | 'fields'> {
  readonly fields: RequestFields
  /** Names of the conversation's own fields that are left out for it; `max_tokens` where it is lowered. */
  readonly left: readonly string[]
}

export interface ModelRequestsOptions {
  /** The model that the conversation's own fields are for. */
  readonly model: string
  readonly maxTokens: number
  readonly prompt: Prompt
  /** Models to switch to. */
  readonly entries: readonly (string | ModelEntry)[]
}

/**
 * What requests to a model carry: for the conversation's own, what the app set; for another, that with the fields of its entry in
 * their place, and without what it is known not to take. It comes from the options alone, by the model's name, so that a
 * conversation that is loaded asks alike. The same object as long as nothing changes.
 */
export function modelRequests({ model: own, maxTokens: usual, prompt, entries }: ModelRequestsOptions) {
  const byModel = entriesByModel(entries)
  let made: Map<string, { readonly of: readonly unknown[]; readonly request: ModelRequest }> | null = null
  return (model: string): ModelRequest => {
    const of = [prompt.fields, prompt.maxTokens]
    const known = made?.get(model)
    if (known && of.every((each, index) => each === known.of[index])) return known.request
    const maxTokens = prompt.maxTokens ?? usual
    const fitted =
      model === own ? ownRequest(prompt, maxTokens) : requestFor(byModel.get(model) ?? entryOf(model), maxTokens)
    // Messages are made for the model, also for the one that the app's fields are for.
    const request = takesSystemMessages(model)
      ? fitted
      : { ...fitted, target: { ...fitted.target, systemMessages: false } }
    made ??= new Map()
    made.set(model, { of, request })
    return request
  }

  function requestFor(entry: ModelEntry, maxTokens: number): ModelRequest {
    // What the app gives for this model is sent as it is.
    const given = new Map<string, unknown>(Object.entries(entry.request ?? {}))
    const inherited =
      given.size === 0
        ? prompt.fields
        : Object.fromEntries(Object.entries(prompt.fields).filter(([name]) => !given.has(name)))
    const fitted = fitToModel(entry.model, entry.maxTokens ?? maxTokens, inherited)
    const left = entry.maxTokens === undefined ? fitted.left : fitted.left.filter((name) => name !== 'max_tokens')
    if (fitted.fields === prompt.fields) return { ...ownRequest(prompt, entry.maxTokens ?? fitted.maxTokens), left }
    const fields = { ...fitted.fields, ...Object.fromEntries([...given].filter(([, value]) => value !== null)) }
    return { target: replyTarget(fields), maxTokens: entry.maxTokens ?? fitted.maxTokens, fields, left }
  }
}

const ownRequest = ({ target, fields }: Prompt, maxTokens: number): ModelRequest => ({
  target,
  maxTokens,
  fields,
  left: [],
})
