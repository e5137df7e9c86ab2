// The models to switch to after a refusal or in an outage, and the request fields for each.
import { checkRequestFields } from '../claude/request-fields.ts'
import { TurnstateError } from '../errors.ts'
import { hashOf } from '../journal/index.ts'
import { entryOf, type ModelEntry } from '../refusals/policy.ts'

const none: ReadonlyMap<string, ModelEntry> = new Map()

/**
 * The entries by model. The fields for a model must not depend on why the conversation switched to it.
 *
 * @throws TurnstateError `reserved-field`; `invalid-option` for tools, and for a model that is given other fields elsewhere
 */
export function entriesByModel(entries: readonly (string | ModelEntry)[]): ReadonlyMap<string, ModelEntry> {
  if (entries.length === 0) return none
  const found = new Map<string, ModelEntry>()
  for (const given of entries) {
    const entry = entryOf(given)
    const { model, maxTokens, request } = entry
    if (request) checkRequestFields(request)
    if (request && 'tools' in request)
      throw new TurnstateError(
        'invalid-option',
        `The entry of ${model} gives tools. Tools are the conversation's own: give them by the option "tools".`,
      )
    if (maxTokens === undefined && request === undefined) continue
    const other = found.get(model)
    if (other && hashOf(other) !== hashOf(entry))
      throw new TurnstateError(
        'invalid-option',
        `The model ${model} has different fields in two places. Give them once, or the same in both.`,
      )
    found.set(model, entry)
  }
  return found
}
