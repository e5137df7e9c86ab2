// What asks the model, and what stops it.
import { Hono } from 'hono'
import type { MessageInput } from '../../index.ts'
import { readBody } from '../body.ts'
import { checkSettings } from '../client-settings.ts'
import type { ServerEnv } from '../context.ts'
import { described, describedStream } from '../describe.ts'
import { emptyBody, messageBody, queueBody, regenerateBody } from '../schemas.ts'
import type { Services } from '../services.ts'
import { openTurn } from '../turn-responses.ts'
import { onceStoredState } from './once-stored-state.ts'
import { eventsResponse } from './streams.ts'
import type { InferOutput } from 'valibot'

/** A message as a client sends it, as `sendMessage` takes it. */
function inputOf({ input, files, metadata }: InferOutput<typeof messageBody>): MessageInput {
  if (files === undefined && metadata === undefined) return input
  const blocks = typeof input === 'string' ? [] : input
  return {
    ...(typeof input === 'string' ? { text: input } : {}),
    files: [...(files ?? []), ...blocks],
    ...(metadata === undefined ? {} : { metadata }),
  }
}

export function turnRoutes(services: Services): Hono<ServerEnv> {
  return new Hono<ServerEnv>()
    .post(
      '/messages',
      described({
        id: 'sendMessage',
        summary: 'Sends a message',
        body: messageBody,
        opensTurn: true,
        query: ['frame', 'padding'],
      }),
      async (context) => {
        const body = await readBody(context, messageBody)
        checkSettings(services.options, { system: body.system })
        const system = body.system === undefined ? {} : { system: body.system }
        return openTurn(services, context, ['message', body], ({ chat }, options) =>
          chat.sendMessage(inputOf(body), { ...options, ...system }),
        )
      },
    )
    .put(
      '/messages/:turnId',
      described({
        id: 'editMessage',
        summary: 'Asks something else in place of a turn, as a branch beside it',
        body: messageBody,
        opensTurn: true,
      }),
      async (context) => {
        const body = await readBody(context, messageBody)
        checkSettings(services.options, { system: body.system })
        const system = body.system === undefined ? {} : { system: body.system }
        const turnId = context.req.param('turnId')
        return openTurn(services, context, ['edit', turnId, body], ({ chat }, options) =>
          chat.editMessage(turnId, inputOf(body), { ...options, ...system }),
        )
      },
    )
    .post(
      '/retry',
      described({
        id: 'retry',
        summary: 'Asks the last input again, after a stopped or failed turn',
        body: emptyBody,
        bodyIsOptional: true,
        opensTurn: true,
      }),
      async (context) => {
        await readBody(context, emptyBody)
        return openTurn(services, context, ['retry'], ({ chat }, options) => chat.retry(options))
      },
    )
    .post(
      '/regenerate',
      described({
        id: 'regenerate',
        summary: 'Asks the input of a turn again, as a branch beside it',
        body: regenerateBody,
        bodyIsOptional: true,
        opensTurn: true,
      }),
      async (context) => {
        const { turnId, force } = await readBody(context, regenerateBody)
        return openTurn(services, context, ['regenerate', turnId, force], ({ chat }, options) =>
          chat.regenerate(turnId, { ...options, ...(force === undefined ? {} : { force }) }),
        )
      },
    )
    .post(
      '/compact',
      described({
        id: 'compact',
        summary: 'Replaces the history by a summary',
        body: emptyBody,
        bodyIsOptional: true,
        opensTurn: true,
      }),
      async (context) => {
        await readBody(context, emptyBody)
        return openTurn(services, context, ['compact'], ({ chat }, options) => chat.compact(options))
      },
    )
    .post(
      '/stop',
      described({ id: 'stop', summary: 'Stops the turn in progress', body: emptyBody, bodyIsOptional: true }),
      async (context) => {
        await readBody(context, emptyBody)
        return onceStoredState(services, context, (chat) => chat.stop())
      },
    )
    .patch(
      '/queue',
      described({ id: 'changeQueue', summary: 'Releases the queue, or takes a message out of it', body: queueBody }),
      async (context) => {
        const { release, withdraw } = await readBody(context, queueBody)
        return onceStoredState(services, context, (chat) => {
          if (withdraw !== undefined) chat.withdraw(withdraw)
          if (release) chat.releaseQueue()
        })
      },
    )
    .get(
      '/events',
      describedStream('followEvents', 'The events of a conversation, or of one message', [
        'turn',
        'frame',
        'padding',
        'lastEventId',
      ]),
      (context) => eventsResponse(services, context),
    )
}
