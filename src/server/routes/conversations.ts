// Conversations as a whole: create, list, read, name, delete, fork.
import { Hono } from 'hono'
import type { ForceOptions } from '../../index.ts'
import { readBody } from '../body.ts'
import { changeConversation } from '../change-conversation.ts'
import { checkSettings } from '../client-settings.ts'
import type { ServerEnv } from '../context.ts'
import { described } from '../describe.ts'
import { listTitled } from '../list-titled.ts'
import { creatingBy, exists, idFor } from '../made-once.ts'
import { numberIn } from '../query.ts'
import { unknown } from '../rooms.ts'
import { conversationState, createBody, forkBody, listPage, patchBody } from '../schemas.ts'
import { inConversation, type Services } from '../services.ts'
import { stateOfChat } from '../streams/state.ts'

/** Conversations on a page, unless the client asks for another number. */
const usualPage = 50

export function conversationRoutes(services: Services): Hono<ServerEnv> {
  const { rooms, broadcasts, options, madeOnce } = services
  const { store } = options
  return new Hono<ServerEnv>()
    .post(
      '/',
      described({
        id: 'createConversation',
        summary: 'Creates a conversation',
        body: createBody,
        bodyIsOptional: true,
        answers: [[201, conversationState]],
      }),
      async (context) => {
        const body = await readBody(context, createBody)
        const { title } = body
        const { principal } = context.var
        const creating = creatingBy(context, body)
        const id = body.id ?? idFor(creating)
        const isNew = (await store.get(id)) === null
        if (!isNew && (creating === null || !(await rooms.has(id, principal)))) throw exists()
        const guest = await madeOnce.create(id, creating, () => rooms.enterOrCreate(id, principal))
        try {
          // An earlier request with this key may have failed after it had created the conversation. A title that was set since stays.
          if (title !== undefined && guest.chat.title === null) await guest.chat.setTitle(title)
          return context.json(stateOfChat(guest.chat), 201, { location: `/v1/conversations/${encodeURIComponent(id)}` })
        } finally {
          guest.leave()
        }
      },
    )
    .get(
      '/',
      described({
        id: 'listConversations',
        summary: 'Lists conversations, the one that changed last first',
        answers: [[200, listPage]],
        query: ['limit', 'after', 'title'],
      }),
      async (context) => {
        const { after, title = '' } = context.req.query()
        const page = await listTitled(store, {
          owner: context.var.principal.id,
          limit: numberIn(context, 'limit', { usual: usualPage, least: 1, most: 1_000 }),
          title,
          ...(after === undefined ? {} : { after }),
        })
        return context.json({
          conversations: page.conversations.map(
            ({ owner: _owner, isOpen: _isOpen, writer: _writer, ...shown }) => shown,
          ),
          next: page.next,
        })
      },
    )
    .get('/:id', described({ id: 'getConversation', summary: 'A conversation as it is now' }), async (context) => {
      const id = context.req.param('id')
      await rooms.mustHave(id, context.var.principal)
      const broadcast = await broadcasts.join(id)
      try {
        return context.json(broadcast.current())
      } finally {
        broadcast.leave()
      }
    })
    .patch(
      '/:id',
      described({ id: 'changeConversation', summary: 'Sets the title, the model or the budget', body: patchBody }),
      async (context) => {
        const { title, model, budget } = await readBody(context, patchBody)
        checkSettings(options, { model, budget })
        return inConversation(services, context, async ({ chat }) => {
          try {
            await changeConversation(chat, { title, model, budget })
          } finally {
            // A title is no fact, so viewers see it only when somebody looks.
            broadcasts.of(chat.id)?.look()
          }
          return context.json(stateOfChat(chat))
        })
      },
    )
    .delete(
      '/:id',
      described({ id: 'deleteConversation', summary: 'Erases a conversation', answers: [[204, null]] }),
      async (context) => {
        const id = context.req.param('id')
        await rooms.mustHave(id, context.var.principal)
        await rooms.release(id)
        if (!(await store.delete(id))) throw unknown()
        broadcasts.of(id)?.close('deleted')
        return context.body(null, 204)
      },
    )
    .post(
      '/:id/fork',
      described({
        id: 'forkConversation',
        summary: 'Another conversation that begins with the path to a turn',
        body: forkBody,
        bodyIsOptional: true,
        answers: [[201, conversationState]],
      }),
      async (context) => {
        const body = await readBody(context, forkBody)
        const { turnId, force } = body
        const { principal } = context.var
        const creating = creatingBy(context, body)
        const id = body.id ?? idFor(creating)
        const isRepeated = creating !== null && (await rooms.has(id, principal))
        if (!isRepeated && (await store.get(id)) !== null) throw exists()
        return inConversation(services, context, async ({ chat }) => {
          const guest = await madeOnce.create(id, creating, () => {
            if (!isRepeated) {
              const forced: ForceOptions = force === undefined ? {} : { force }
              const isNew = rooms.takeIn(id, principal.id, () => chat.fork(turnId, { ...forced, id }))
              // A request with the same key may have made it meanwhile.
              if (!isNew && creating === null) throw exists()
            }
            return rooms.enter(id, principal)
          })
          try {
            return context.json(stateOfChat(guest.chat), 201, {
              location: `/v1/conversations/${encodeURIComponent(id)}`,
            })
          } finally {
            guest.leave()
          }
        })
      },
    )
}
