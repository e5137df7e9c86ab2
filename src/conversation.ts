import { toMessages } from './claude/sdk-types.ts'
import { unknownCategories } from './conversation/check-names.ts'
import { checkOptions } from './conversation/check-options.ts'
import type { Conversation } from './conversation/conversation-interface.ts'
import { environmentOf } from './conversation/environment.ts'
import { guarded } from './conversation/guarded-doors.ts'
import type { ConversationOptions } from './conversation/options.ts'
import { Prompt } from './conversation/prompt.ts'
import { startConversation } from './conversation/start-conversation.ts'
import { seedFacts } from './journal/index.ts'
import { mendedMedia } from './files/index.ts'

/**
 * A conversation that lives in memory.
 *
 * @throws TurnstateError `invalid-option`, `reserved-field`, `policy-invalid`, `fallback-empty`, `fallback-same-model`,
 * `budget-invalid`, `tool-invalid`, `tool-name-invalid`, `tool-duplicate`, `tool-schema-invalid`, `not-available`
 */
export function createConversation(options: ConversationOptions): Conversation {
  return guarded('createConversation()', () => create(options))
}

function create(options: ConversationOptions): Conversation {
  checkOptions(options)
  const environment = environmentOf(options)
  const id = options.id ?? environment.newId()
  const { facts, repairs } = seedFacts({
    messages: toMessages(options.messages ?? []),
    at: environment.now(),
    nextId: environment.newId,
    mendMedia: mendedMedia,
  })
  if (repairs.length > 0)
    environment.reporter.warn(
      `The history given to conversation ${id} was repaired in ${repairs.length} places`,
      repairs,
    )
  for (const category of unknownCategories(options)) environment.reporter.warn(category)
  return startConversation({ ...options, id, environment, prompt: new Prompt(options) }, facts, repairs)
}
