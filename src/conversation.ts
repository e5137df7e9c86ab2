import { toMessages } from './claude/sdk-types.ts'
import { unknownCategories } from './conversation/check-names.ts'
import { checkOptions, checkStoreOptions } from './conversation/check-options.ts'
import type { Conversation } from './conversation/conversation-interface.ts'
import { type Environment, environmentOf } from './conversation/environment.ts'
import { guarded } from './conversation/guarded-doors.ts'
import { inMemory, keptIn, load, setTitleIn } from './conversation/keeping.ts'
import type { ConversationOptions, StoreOptions } from './conversation/options.ts'
import { Prompt } from './conversation/prompt.ts'
import { startConversation } from './conversation/start-conversation.ts'
import { type Fact, type Repair, seedFacts } from './journal/index.ts'
import { mendedMedia } from './files/index.ts'

/**
 * A conversation that lives in memory.
 *
 * @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `fallback-empty`, `fallback-same-model`,
 * `budget-invalid`, `tool-invalid`, `tool-name-invalid`, `tool-duplicate`, `tool-schema-invalid`, `not-available`
 */
export function createConversation(options: ConversationOptions): Conversation {
  return guarded('createConversation()', () => {
    const { environment, id, prompt } = prepared(options)
    const { facts, repairs } = seededWith(options, environment, id)
    const opened = inMemory.openNew(id)
    const start = Object.assign({}, options, { keeping: inMemory, opened, id, environment, prompt })
    return startConversation(start, facts, repairs)
  })
}

/**
 * A conversation that a store keeps: created, or loaded where the store has one with this id. What was under way when its last process
 * ended settles as interrupted; nothing is asked again by itself, unless `onInterrupted` is `resume`. The model, the budget and the
 * queue are those of the stored conversation; `messages` only begin a new one.
 *
 * @throws TurnstateError as `createConversation()`, and `conversation-busy` while another process than that of `takeOver` has it open,
 * `journal-damaged`, `journal-version-unsupported`, `store-unavailable`, `store-invalid`, `store-version-unsupported`, `store-closed`,
 * `key-unknown`
 */
export async function openConversation(given: ConversationOptions & StoreOptions): Promise<Conversation> {
  const { options, store, leasing, taking, environment, id, prompt } = guarded('openConversation()', () => {
    const { store: kept, owner, lease, takeOver, onInterrupted, ...rest } = given
    checkStoreOptions(given)
    return {
      ...prepared(rest),
      options: { ...rest, ...(onInterrupted === undefined ? {} : { onInterrupted }) },
      store: kept,
      leasing: { ...(owner === undefined ? {} : { owner }), ...(lease === undefined ? {} : { lease }) },
      taking: takeOver === undefined ? {} : { takeOver },
    }
  })
  const opened = await store.open(id, { ...leasing, ...taking })
  try {
    const loaded = opened.revision > 0 ? await load(opened, options.inspect !== undefined) : undefined
    const { facts, repairs } = loaded ? { facts: [], repairs: [] } : seededWith(options, environment, id)
    const title = loaded ? await setTitleIn(store, id, loaded.view) : null
    const kept = { keeping: keptIn(store, leasing), opened, title, ...(loaded ? { loaded } : {}) }
    return startConversation({ ...options, ...kept, id, environment, prompt }, facts, repairs)
  } catch (error) {
    await opened.release()
    throw error
  }
}

function prepared(options: ConversationOptions): { environment: Environment; id: string; prompt: Prompt } {
  checkOptions(options)
  const environment = environmentOf(options)
  for (const category of unknownCategories(options)) environment.reporter.warn(category)
  return { environment, id: options.id ?? environment.newId(), prompt: new Prompt(options) }
}

function seededWith(
  { messages = [] }: ConversationOptions,
  { now, newId, reporter }: Environment,
  id: string,
): { readonly facts: readonly Fact[]; readonly repairs: readonly Repair[] } {
  const seeded = seedFacts({ messages: toMessages(messages), at: now(), nextId: newId, mendMedia: mendedMedia })
  const { length } = seeded.repairs
  if (length > 0)
    reporter.warn(`The history given to conversation ${id} was repaired in ${length} places`, seeded.repairs)
  return seeded
}
