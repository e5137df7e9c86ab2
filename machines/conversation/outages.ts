import type { Failure } from '../../src/errors.ts'
import { askings, type View } from '../../src/journal/index.ts'
import type { ConversationSettings } from './settings.ts'

/**
 * The model to use when this one can't be reached: the next in the list, which begins with the app's own, that has not
 * refused this input. A model outside the list counts as the app's own. `undefined` after the last.
 */
export function nextOutageModel(view: View, { outageModels }: ConversationSettings): string | undefined {
  // A compaction has its own list of methods.
  if (view.open?.kind === 'compaction') return undefined
  const refused = view.open ? askings(view, view.open.id).map(({ refusal }) => refusal?.model) : []
  return outageModels
    .slice(Math.max(outageModels.indexOf(view.model), 0) + 1)
    .find((model) => model !== view.model && !refused.includes(model))
}

/** Whether the outage model may not be used, so that the next one is tried. An error about the account concerns all models. */
export const isDenied = ({ away, model, rejections }: View, { code }: Failure): boolean =>
  code === 'permission-denied' && away?.turns === 0 && !Object.hasOwn(rejections.accepted, model)

/** Whether enough turns have completed with another model, so that the conversation goes back to its own. */
export const isDueToReturn = ({
  view: { away },
  settings: { returnAfter },
}: {
  readonly view: View
  readonly settings: ConversationSettings
}): boolean => away !== null && returnAfter !== null && away.turns >= returnAfter
