// A random program's world: conversations with an API that the program answers for, on a clock that it turns.
import {
  type Conversation,
  createConversation,
  type MessageRequest,
  type MessageSource,
  type Turn,
} from '../../src/index.ts'
import { createCountingClock } from './counting-clock.ts'
import { createHeld } from './held.ts'
import { type AppFunctions, asOptions, type GivenOptions, mainModel } from './options.ts'
import { createFactCollector, follow, type Followed, type Talk, turnsOf, viewOf } from './talk.ts'
import { createTools } from './tools.ts'
import { createWords, wordsIn } from './words.ts'

/** Which attempt at which turn made a request. */
export interface Asker {
  readonly talk: Talk
  readonly turnId: string
  readonly attempt: number
}

/** A reply or a tool result, by its word: the attempt that it was for. */
interface Said extends Asker {
  readonly word: string
}

/** A stop from within a listener, and the outcome that its turn must have at once, if that is known. */
interface StopAtDelta extends Omit<Asker, 'talk'> {
  readonly talk: Talk
  readonly becomes: Foretold | undefined
}

/** What happens to a reply that is stopped at one of its deltas, and all its words that are delivered. */
export interface Foretold {
  readonly status: 'completed' | 'refused' | 'stopped'
  readonly words?: string
}

export type World = ReturnType<typeof createWorld>

const decided = 'In other words.'

export function createWorld(
  given: GivenOptions,
  sourceOf: (who: (signal: AbortSignal) => Asker) => MessageSource,
  foretell: (reply: Asker) => Foretold | undefined = () => undefined,
) {
  const clock = createCountingClock()
  const held = createHeld()
  const nextWord = createWords()
  const facts = createFactCollector()
  const { runs, sets } = createTools({ held, nextWord })
  const talks: Talk[] = []
  const said: Said[] = []
  /** Errors from places that can't throw. */
  const problems: string[] = []
  const logged: unknown[] = []
  const askers = new WeakMap<AbortSignal, Asker>()
  const abortable: AbortController[] = []
  const stopsAtDeltas: StopAtDelta[] = []
  const armed = new Set<() => void>()
  let asking: Asker | null = null
  let ids = 0

  const app: AppFunctions = {
    rephrase: (how) => async () => {
      if (how === 'throwing') throw new Error('no other words')
      if (how === 'not') return null
      if (how === 'blank') return ' '
      return how === 'later' ? held.wait(() => `${decided} ${nextWord()}`) : `${decided} ${nextWord()}`
    },
    overflow: (how) => async () => {
      if (how === 'throwing') throw new Error('no opinion')
      return held.wait(() => 'compact' as const)
    },
  }

  /** The request that is made right now comes from the draft that started last: both are of one tick. */
  const who = (signal: AbortSignal): Asker => {
    const asker = askers.get(signal) ?? asking
    if (!asker) throw new Error('a request that nobody asked for')
    askers.set(signal, asker)
    return asker
  }

  const adopt = (chat: Conversation): Talk => {
    const talk: Talk = {
      name: chat.id,
      chat,
      notices: [],
      followed: [],
      inherited: new Set(chat.actor.getSnapshot().context.view.turns.map(({ id }) => id)),
      facts: facts.of(chat.actor.sessionId),
    }
    talks.push(talk)
    chat.on('*', (notice) => void talk.notices.push(notice))
    let reply: unknown
    chat.actor.subscribe({
      next: ({ children }) => {
        if (children.reply === reply) return
        reply = children.reply
        children.reply?.on('draft.started', ({ draft: { turnId, attempt } }) => {
          asking = { talk, turnId, attempt }
        })
      },
      error: (cause) => void problems.push(`the actor of ${talk.name} died: ${String(cause)}`),
    })
    return talk
  }

  const options = asOptions(given, app)
  let current = adopt(
    createConversation({
      source: sourceOf(who),
      model: mainModel,
      maxTokens: 1_000,
      id: 'c1',
      clock: clock.clock,
      now: clock.now,
      generateId: () => `t${++ids}`,
      tools: sets.all,
      idleTimeout: 60_000,
      inspectActors: facts.inspect,
      logger: { warn: () => {}, error: (...entry: unknown[]) => void logged.push(entry) },
      ...options,
    }),
  )

  return {
    given,
    clock,
    held,
    nextWord,
    runs,
    toolSets: sets,
    talks,
    said,
    /** Words of replies that ended with `tool_use`, so that their calls may run. */
    licensed: new Set<string>(),
    /** Calls that were approved, by the keys of their runs. */
    approved: new Set<string>(),
    problems,
    logged,
    abortable,
    stopsAtDeltas,
    /** Whoever hears the next delta of this conversation stops it there. */
    stopAtNextDelta() {
      const talk = current
      const leave = talk.chat.on('delta', ({ turnId, attempt }) => {
        leave()
        armed.delete(leave)
        stopsAtDeltas.push({ talk, turnId, attempt, becomes: foretell({ talk, turnId, attempt }) })
        talk.chat.stop()
      })
      armed.add(leave)
    },
    /** Removes the listeners that stop. */
    disarm() {
      for (const leave of armed) leave()
      armed.clear()
    },
    get talk(): Talk {
      return current
    },
    visit(talk: Talk) {
      current = talk
    },
    fork(turnId: string | undefined, force: boolean) {
      current = adopt(current.chat.fork(turnId, { ...(force ? { force } : {}), id: `c${talks.length + 1}` }))
    },
    follow: (turn: Turn): Followed => follow(current, turn),
    /** Every microtask has run. */
    settle: () => new Promise<void>((resolve) => void setImmediate(resolve)),
  }
}

const wordsOfTurn = new WeakMap<object, readonly string[]>()

/**
 * Words that only refused turns contain: no later request may contain one. A turn that asks them
 * again on purpose contains them too.
 */
function refusedWords({ talks, said }: Pick<World, 'talks' | 'said'>): ReadonlySet<string> {
  const refused = new Set<string>()
  const free = new Set<string>()
  for (const talk of talks) {
    const { quarantine } = viewOf(talk)
    for (const turn of turnsOf(talk)) {
      const words = wordsOfTurn.get(turn) ?? wordsIn([turn.input, turn.steps])
      wordsOfTurn.set(turn, words)
      for (const word of words) (quarantine.includes(turn.id) ? refused : free).add(word)
    }
  }
  for (const { talk, turnId, word } of said) if (viewOf(talk).quarantine.includes(turnId)) refused.add(word)
  return new Set([...refused].filter((word) => !free.has(word)))
}

/** What is wrong with a request: a refused word in it. */
export function refusedWordIn(world: Pick<World, 'talks' | 'said'>, request: MessageRequest): string | null {
  const refused = refusedWords(world)
  const found = wordsIn([request.messages, request.fields]).filter((word) => refused.has(word))
  return found.length > 0 ? `a request holds what was refused: ${found.join(' ')}` : null
}
