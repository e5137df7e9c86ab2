import type { Failure } from '../../src/errors.ts'
import { askings, type View } from '../../src/journal/index.ts'
import type { ConversationSettings } from './settings.ts'

/**
 * The model to go to when this one can't be reached: the next in the list, which begins with the app's own, that has not
 * refused what is asked. A model that is not in the list stands where the app's own does. None after the last.
 */
export function nextOutageModel(view: View, { outageModels }: ConversationSettings): string | undefined {
  // A summary has ways of its own.
  if (view.open?.kind === 'compaction') return undefined
  const refused = view.open ? askings(view, view.open.id).map(({ refusal }) => refusal?.model) : []
  return outageModels
    .slice(Math.max(outageModels.indexOf(view.model), 0) + 1)
    .find((model) => model !== view.model && !refused.includes(model))
}

/** A model that was gone to, and that may not be used: the next one may. What is about the account is about all of them. */
export const isDenied = ({ away, model, rejections }: View, { code }: Failure): boolean =>
  code === 'permission-denied' && away?.turns === 0 && !Object.hasOwn(rejections.accepted, model)
