// What clients were told, against the journal.
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Store } from '../../../src/index.ts'
import { Folding, originOf, outcomeOf, transcript, type View } from '../../../src/journal/index.ts'
import type { World } from './follower.ts'
import { secrets } from './replies.ts'
import type { Talk } from './talks.ts'

export interface ComparedOptions {
  readonly talks: readonly Talk[]
  readonly store: Pick<Store, 'facts'>
  readonly world: World
  /** Milliseconds in which all followers have to be up to date. */
  readonly patience: number
}

/**
 * Compares what clients have with the journal, once they have everything. Resolves with the words of replies that were stopped before
 * their refusal arrived: those were not refused, and may be kept.
 */
export async function compared({ talks, store, world, patience }: ComparedOptions): Promise<ReadonlySet<string>> {
  const kept = new Set<string>()
  const until = Date.now() + patience
  for (const { id, url, followers, writers } of talks) {
    let view = await viewOf(store, id)
    const isBehind = () =>
      followers.some(({ state }) => state?.revision !== view.revision || state.status === 'streaming')
    while (isBehind() && Date.now() < until) {
      await wait(50)
      view = await viewOf(store, id)
    }
    const stopped = view.turns.filter(({ status }) => status === 'stopped')
    for (const word of JSON.stringify(stopped).match(secrets) ?? []) kept.add(word)
    const shown: unknown = JSON.parse(JSON.stringify(transcript(view)))
    const ended = outcomesIn(view)
    for (const [nth, { state, told }] of followers.entries()) {
      if (!isDeepStrictEqual(state?.messages, shown))
        world.fault(
          `follower ${nth} of ${id} has another picture (revision ${state?.revision} of ${view.revision}): ${firstDifference(state?.messages, shown)}`,
        )
      for (const [message, status] of ended) {
        const seen = told.get(message)
        if (!seen) world.fault(`follower ${nth} of ${id} was not told the outcome of ${message}: ${status}`)
        else if (seen.status !== status)
          world.fault(`follower ${nth} of ${id} was told that ${message} is ${seen.status}, and it is ${status}`)
      }
      for (const message of told.keys())
        if (!ended.has(message)) world.fault(`follower ${nth} of ${id} was told of ${message}, which is not stored`)
    }
    for (const writer of writers) {
      for (const [message, { status }] of writer.told)
        if (ended.get(message) !== status && ended.has(message))
          world.fault(`${message} in ${id} was told as ${status}, and is ${ended.get(message)}`)
      for (const [key, turnId] of writer.turns)
        if (view.turns.filter(({ id: turn }) => turn === turnId).length > 1) world.fault(`${key} opened two turns`)
    }
    const texts = await Promise.all(
      ['', '/transcript', '/transcript?format=md'].map(async (rest) => (await fetch(url + rest)).text()),
    )
    for (const word of texts.join('\n').match(secrets) ?? [])
      if (!kept.has(word)) world.fault(`${word} is in what ${id} says in the end`)
    const state = JSON.parse(texts[0] ?? '{}') as { readonly messages?: unknown }
    if (!isDeepStrictEqual(state.messages, shown)) world.fault(`GET ${id} answers another transcript`)
  }
  for (const { id } of talks)
    for await (const page of store.facts(id))
      for (const word of JSON.stringify(page).match(secrets) ?? [])
        if (!kept.has(word)) world.fault(`${word} is stored in ${id}`)
  return kept
}

export async function viewOf(store: Pick<Store, 'facts'>, id: string): Promise<View> {
  const folding = new Folding()
  for await (const page of store.facts(id)) folding.addAll(page)
  return folding.view
}

/** The outcome of each message. */
export const outcomesIn = (view: View): ReadonlyMap<string, string> =>
  new Map(
    view.turns.flatMap(({ id }) => {
      const message = originOf(view, id)
      const outcome = outcomeOf(view, message)
      return outcome ? [[message, outcome.status] as const] : []
    }),
  )

/** The first items that differ, for whoever reads of it. */
export function firstDifference(is: readonly unknown[] | undefined, should: unknown): string {
  const [one, other] = [is ?? [], Array.isArray(should) ? should : []]
  const at = one.findIndex((item, index) => !isDeepStrictEqual(item, other[index]))
  const index = at < 0 ? one.length : at
  return `${JSON.stringify(one[index])} in place of ${JSON.stringify(other[index])}`
}
