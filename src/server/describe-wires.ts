// How the routes of other wires are described in the OpenAPI document: those of the AI SDK, of AG-UI, and of Claude's own API.
import { Hono } from 'hono'
import { describeRoute, resolver } from 'hono-openapi'
import * as v from 'valibot'
import { runInput } from './ag-ui/read-input.ts'
import { chatBody } from './ai-sdk/read-request.ts'
import { bodyOf } from './body.ts'
import type { ServerEnv } from './context.ts'
import { events, parametersOf, problems } from './describe.ts'
import { conversationHeader } from './gateway/index.ts'
import { messagesBody } from './gateway/read-request.ts'

const json = (schema: v.GenericSchema) => ({ 'application/json': { schema: resolver(schema) } })

const failed = { description: 'An error, as RFC 9457 has it', ...problems }

const uiMessages = v.array(
  v.looseObject({
    id: v.string(),
    role: v.picklist(['system', 'user', 'assistant']),
    parts: v.array(v.looseObject({ type: v.string() })),
  }),
)

const apiMessage = v.looseObject({
  id: v.string(),
  type: v.literal('message'),
  role: v.literal('assistant'),
  model: v.string(),
  content: v.array(v.looseObject({ type: v.string() })),
  stop_reason: v.nullable(v.string()),
  stop_sequence: v.nullable(v.string()),
  usage: v.looseObject({ input_tokens: v.number(), output_tokens: v.number() }),
})

const apiError = v.looseObject({
  type: v.literal('error'),
  error: v.looseObject({ type: v.string(), message: v.string() }),
})

/** Descriptions of the routes for clients of the AI SDK. They answer nothing themselves. */
export const describedAi = (): Hono<ServerEnv> =>
  new Hono<ServerEnv>()
    .post(
      '/ai/chat',
      describeRoute({
        operationId: 'chatOfAiSdk',
        summary: 'Sends the last message of a chat of the AI SDK, or answers its calls; creates the conversation',
        parameters: parametersOf(['resetStep']),
        requestBody: bodyOf(chatBody),
        responses: { 200: { description: 'A UI message stream of the AI SDK', content: events }, default: failed },
      }),
    )
    .get(
      '/ai/chat/:id/stream',
      describeRoute({
        operationId: 'resumeChatOfAiSdk',
        summary: 'The reply in progress, from its beginning',
        parameters: parametersOf(['resetStep']),
        responses: {
          200: { description: 'A UI message stream of the AI SDK', content: events },
          204: { description: 'Nothing is in progress' },
          default: failed,
        },
      }),
    )
    .get(
      '/ai/chat/:id/messages',
      describeRoute({
        operationId: 'readChatOfAiSdk',
        summary: 'The messages of a conversation, as the AI SDK has them; none of one that does not exist',
        responses: { 200: { description: 'UI messages', content: json(uiMessages) }, default: failed },
      }),
    )
    .post(
      '/ai/chat/:id/stop',
      describeRoute({
        operationId: 'stopChatOfAiSdk',
        summary: 'Stops the reply in progress, or only the one of this message',
        parameters: parametersOf(['messageId']),
        responses: { 204: { description: 'Done' }, default: failed },
      }),
    )

/** The description of the route for clients of AG-UI. */
export const describedAgui = (): Hono<ServerEnv> =>
  new Hono<ServerEnv>().post(
    '/agui',
    describeRoute({
      operationId: 'runAgent',
      summary: 'A run of an AG-UI client: the thread is the conversation',
      requestBody: bodyOf(runInput),
      responses: { 200: { description: 'Events of the AG-UI protocol', content: events }, default: failed },
    }),
  )

/** The description of the route of Claude's own API. */
export const describedGateway = (): Hono<ServerEnv> =>
  new Hono<ServerEnv>().post(
    '/v1/messages',
    describeRoute({
      operationId: 'createMessage',
      summary: "Claude's own API: asks in the conversation that the request names, or passes it on",
      parameters: parametersOf([conversationHeader, 'anthropic-beta', 'anthropic-version'], 'header'),
      requestBody: bodyOf(messagesBody),
      responses: {
        200: { description: 'The reply, or its events with `stream`', content: { ...json(apiMessage), ...events } },
        default: {
          description: 'An error, as the Messages API has it; or as RFC 9457 has it, before anybody is asked',
          content: { ...json(apiError), ...problems.content },
        },
      },
    }),
  )
