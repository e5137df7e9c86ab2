// Transitions that every state with a tag has: they are drawn once, from the tag, in place of once for each state.
import { triggerName } from '../../observe/transition-names.ts'
import type { ChartDefinition, ChartTransition } from './definition.ts'

/** Where an arrow begins and ends: at two states beside each other, inside the state `around`. */
export interface ArrowEnds {
  readonly around: string
  /** `null`: any state around it. */
  readonly from: string | null
  readonly to: string
}

export interface DrawnTransition {
  readonly transition: ChartTransition
  readonly drawn: readonly ArrowEnds[]
}

/** The tag of each transition that is drawn from a tag. Same means: same event, guard and target. A box in place of two arrows would save nothing, so there are three at least. */
export function sharedByTag(
  { states }: ChartDefinition,
  ends: readonly DrawnTransition[],
): ReadonlyMap<ChartTransition, string> {
  const members = new Map<string, Set<string>>()
  for (const { id, tags } of states) for (const tag of tags) members.set(tag, (members.get(tag) ?? new Set()).add(id))
  const tagsOf = new Map(states.map(({ id, tags }) => [id, tags]))

  const alike = new Map<string, { readonly tag: string; readonly all: DrawnTransition[] }>()
  for (const each of ends) {
    const { transition, drawn } = each
    const [arrow, another] = drawn
    if (!arrow || another || arrow.from === null || arrow.from === arrow.to) continue
    const { source, on, guard, targets, reenter } = transition
    for (const tag of tagsOf.get(source) ?? []) {
      const key = JSON.stringify([tag, triggerName(on), guard, targets, reenter, arrow.around, arrow.to])
      const group = alike.get(key) ?? { tag, all: [] }
      alike.set(key, group)
      group.all.push(each)
    }
  }

  const shared = new Map<ChartTransition, string>()
  const size = ({ tag }: { tag: string }): number => members.get(tag)?.size ?? 0
  for (const group of [...alike.values()].toSorted((a, b) => size(b) - size(a))) {
    const sources = new Set(group.all.map(({ transition }) => transition.source))
    const begins = new Set(group.all.map(({ drawn }) => drawn[0]?.from))
    if (sources.size < size(group) || begins.size < 3) continue
    if (group.all.some(({ transition }) => shared.has(transition))) continue
    for (const { transition } of group.all) shared.set(transition, group.tag)
  }
  return shared
}
