// Plays the scenario with version 7 of the AI SDK, on a Node of its own. Prints a line of JSON for each moment, and at the end.
import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from 'ai'
import { play } from '../server/ai-sdk/scenario.ts'

const libraries = { Chat, DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses }
const acts = await play(libraries as never, process.argv[2] ?? '', (moment) =>
  process.stdout.write(`${JSON.stringify({ moment })}\n`),
)
process.stdout.write(`${JSON.stringify({ acts })}\n`)
