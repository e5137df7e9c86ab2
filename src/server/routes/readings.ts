// What else can be read of a conversation: what the next request carries, what was spent, branches.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { ServerEnv } from '../context.ts'
import { TurnstateError } from '../../errors.ts'
import { turnStandings } from '../../journal/index.ts'
import { described } from '../describe.ts'
import { branchList, standings } from '../schemas.ts'
import { inConversation, type Services } from '../services.ts'

const history = v.object({ history: v.array(v.looseObject({})), leftOut: v.array(v.looseObject({})) })
const spent = v.object({
  usage: v.looseObject({}),
  ledger: v.looseObject({}),
  cost: v.nullable(v.number()),
  unpriced: v.array(v.looseObject({})),
  refusals: v.array(v.looseObject({})),
})

/** Turns that one request may ask about: more than a page shows at once. */
const mostTurns = 200

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
    .get(
      '/turns',
      described({
        id: 'readTurns',
        summary:
          'Where turns stand: each one’s siblings, why the model no longer sees it, what it cost. Unknown ones are left out',
        answers: [[200, standings]],
        lists: ['turn'],
      }),
      (context) => {
        const turnIds = context.req.queries('turn') ?? []
        if (turnIds.length > mostTurns)
          throw new TurnstateError('request-malformed', `Ask about at most ${mostTurns} turns at once.`)
        return inConversation(services, context, ({ chat }) => {
          const { stored, settings } = chat.actor.getSnapshot().context
          return context.json({ turns: turnStandings(stored, turnIds, settings.prices) })
        })
      },
    )
}
