// What else can be read of a conversation: what the next request carries, what was spent, branches.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { ServerEnv } from '../context.ts'
import { described } from '../describe.ts'
import { branchList } from '../schemas.ts'
import { inConversation, type Services } from '../services.ts'

const history = v.object({ history: v.array(v.looseObject({})), leftOut: v.array(v.looseObject({})) })
const spent = v.object({
  usage: v.looseObject({}),
  ledger: v.looseObject({}),
  cost: v.nullable(v.number()),
  unpriced: v.array(v.looseObject({})),
  refusals: v.array(v.looseObject({})),
})

export function readingRoutes(services: Services): Hono<ServerEnv> {
  return new Hono<ServerEnv>()
    .get(
      '/history',
      described({
        id: 'readHistory',
        summary: 'The messages that the next request carries before its own, and what it leaves out',
        answers: [[200, history]],
      }),
      (context) =>
        inConversation(services, context, ({ chat }) => context.json({ history: chat.history, leftOut: chat.leftOut })),
    )
    .get(
      '/usage',
      described({
        id: 'readUsage',
        summary: 'What was spent, by model, and the refusals so far',
        answers: [[200, spent]],
      }),
      (context) =>
        inConversation(services, context, ({ chat: { usage, ledger, cost, unpriced, refusals } }) =>
          context.json({ usage, ledger, cost, unpriced, refusals }),
        ),
    )
    .get(
      '/branches/:turnId',
      described({ id: 'getBranches', summary: 'A turn and its siblings', answers: [[200, branchList]] }),
      (context) =>
        inConversation(services, context, ({ chat }) => context.json(chat.branches(context.req.param('turnId')))),
    )
}
