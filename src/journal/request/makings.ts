// Decides, for each turn of a path, which parts of it a request carries.
import { turnOf } from '../rejections/parts.ts'
import type { Turn, View } from '../view.ts'
import type { LeftOut } from './left-out.ts'
import { rememberedTurns, type Replays } from './remembered-turns.ts'
import { type Making, type TurnReplay, whole } from './replay-turn.ts'
import type { RequestTarget } from './request-target.ts'
import { type AskedFor, looseCallsOf, thinkingLeftOut, thinkingStart } from './thinking.ts'

/** All that decides what a turn contributes, apart from the turns themselves. */
export class Terms {
  readonly target: RequestTarget
  readonly stripped: View['strippedThinking']
  readonly #setAside: View['rejections']['setAside']
  readonly #sameWords: View['sameWords']
  #byTurn: ReadonlyMap<string, ReadonlySet<string>> | null = null

  constructor({ strippedThinking, rejections, sameWords }: View, target: RequestTarget) {
    this.target = target
    this.stripped = strippedThinking
    this.#setAside = rejections.setAside
    this.#sameWords = sameWords
  }

  /** Whether these terms are the same. A list that changes is a new list. */
  equal(other: Terms): boolean {
    const { model, promptHash, cacheBreakpoints = 0, systemMessages = true } = this.target
    return (
      model === other.target.model &&
      promptHash === other.target.promptHash &&
      cacheBreakpoints === (other.target.cacheBreakpoints ?? 0) &&
      systemMessages === (other.target.systemMessages ?? true) &&
      this.stripped === other.stripped &&
      this.#setAside === other.#setAside &&
      this.#sameWords === other.#sameWords
    )
  }

  /** The parts of a turn that were set aside after a rejection; `undefined` for none. */
  setAsideOf(turnId: string): ReadonlySet<string> | undefined {
    if (this.#setAside.length === 0) return undefined
    return (this.#byTurn ??= partsByTurn(this.#setAside)).get(turnId)
  }
}

/** A turn, and what is sent of it. */
export interface Made {
  readonly replays: Replays
  readonly making: Making
  readonly replay: TurnReplay
}

/** What is sent of each turn of a path. */
export function madeOf(
  turns: readonly Turn[],
  terms: Terms,
): { readonly made: readonly Made[]; readonly leftFirst: readonly LeftOut[] } {
  const { target, stripped } = terms
  const remembered = turns.map(rememberedTurns)
  const start = thinkingStart(remembered, target, stripped)
  const askedNext = nextAsked(remembered, target)
  const made = remembered.map((replays, index): Made => {
    const startsLater = replays.thoughts.length > 0 && index <= start.turn
    const thinkingFrom = startsLater ? (index < start.turn ? Infinity : start.step) : 0
    return madeFrom(replays, terms, thinkingFrom, askedNext[index] ?? target)
  })
  return { made, leftFirst: thinkingLeftOut(remembered, target, stripped, start) }
}

/**
 * What is sent of a turn that follows others, where it changes nothing about them; `null` where it does: its thinking is not
 * accepted, so that none before it is, or it was asked for otherwise, which the calls before it depend on.
 */
export function madeNext(turn: Turn, terms: Terms): Made | null {
  const { target, stripped } = terms
  const replays = rememberedTurns(turn)
  const { asked } = replays
  if (asked && (asked.model !== target.model || asked.promptHash !== target.promptHash)) return null
  if (thinkingStart([replays], target, stripped).turn >= 0) return null
  return madeFrom(replays, terms, 0, target)
}

function madeFrom(replays: Replays, terms: Terms, thinkingFrom: number, next: AskedFor): Made {
  const { id, system } = replays.turn
  const aside = terms.setAsideOf(id)
  const looseCalls = looseCallsOf(replays, next, terms.stripped[id] ?? 0)
  const systemMessages = system === undefined || (terms.target.systemMessages ?? true)
  const isWhole = thinkingFrom === 0 && !aside && looseCalls === 0 && systemMessages
  if (isWhole) return { replays, making: whole, replay: replays.whole }
  const making = { thinkingFrom, setAside: aside ?? whole.setAside, looseCalls, systemMessages }
  return { replays, making, replay: replays.of(making) }
}

/** For each turn, the model and the prompt that the next turn with a reply asked for. */
function nextAsked(remembered: readonly Replays[], target: RequestTarget): readonly AskedFor[] {
  let next: AskedFor = target
  return remembered
    .toReversed()
    .map(({ asked }) => {
      const after = next
      next = asked ?? next
      return after
    })
    .toReversed()
}

function partsByTurn(parts: View['rejections']['setAside']): ReadonlyMap<string, ReadonlySet<string>> {
  const byTurn = new Map<string, Set<string>>()
  for (const part of parts) {
    const turnId = turnOf(part)
    if (turnId === null) continue
    const known = byTurn.get(turnId)
    if (known) known.add(part)
    else byTurn.set(turnId, new Set([part]))
  }
  return byTurn
}
