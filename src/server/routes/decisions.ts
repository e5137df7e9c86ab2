// What people decide: refusals, rejections, approvals, answers, branches, the context.
import { Hono } from 'hono'
import { readResetPolicy } from '../../refusals/policy.ts'
import { readRejectionPolicy } from '../../rejections/policy.ts'
import { readBody } from '../body.ts'
import type { ServerEnv } from '../context.ts'
import { described } from '../describe.ts'
import { onceStored } from '../once-stored.ts'
import { answerBody, approvalBody, emptyBody, headBody, policyBody } from '../schemas.ts'
import { inConversation, type Services } from '../services.ts'
import { stateOfChat } from '../streams/state.ts'

export function decisionRoutes(services: Services): Hono<ServerEnv> {
  return new Hono<ServerEnv>()
    .post(
      '/refusal',
      described({ id: 'resolveRefusal', summary: 'Decides about a refusal that waits for a person', body: policyBody }),
      async (context) => {
        const { policy } = await readBody(context, policyBody)
        return inConversation(services, context, async ({ chat }) => {
          await chat.resolveRefusal(readResetPolicy(policy))
          return context.json(stateOfChat(chat))
        })
      },
    )
    .post(
      '/rejection',
      described({
        id: 'resolveRejection',
        summary: 'Decides about a rejection that waits for a person',
        body: policyBody,
      }),
      async (context) => {
        const { policy } = await readBody(context, policyBody)
        return inConversation(services, context, async ({ chat }) => {
          await chat.resolveRejection(readRejectionPolicy(policy))
          return context.json(stateOfChat(chat))
        })
      },
    )
    .post(
      '/approvals/:callId',
      described({ id: 'decideCall', summary: 'Approves or denies a tool call', body: approvalBody }),
      async (context) => {
        const { approved, reason } = await readBody(context, approvalBody)
        return inConversation(services, context, async ({ chat }) => {
          const callId = context.req.param('callId')
          if (approved) chat.approveTool(callId)
          else chat.denyTool(callId, reason)
          await onceStored(chat)
          return context.json(stateOfChat(chat))
        })
      },
    )
    .post(
      '/answers/:callId',
      described({ id: 'answerCall', summary: 'Answers a call of a tool that the app runs', body: answerBody }),
      async (context) => {
        const { result, isError } = await readBody(context, answerBody)
        return inConversation(services, context, async ({ chat }) => {
          chat.answerTool(context.req.param('callId'), result, isError === undefined ? {} : { isError })
          await onceStored(chat)
          return context.json(stateOfChat(chat))
        })
      },
    )
    .post(
      '/head',
      described({ id: 'switchTo', summary: 'Switches to another branch', body: headBody }),
      async (context) => {
        const { turnId, force } = await readBody(context, headBody)
        return inConversation(services, context, async ({ chat }) => {
          await chat.switchTo(turnId, force === undefined ? {} : { force })
          return context.json(stateOfChat(chat))
        })
      },
    )
    .post(
      '/clear',
      described({ id: 'clear', summary: 'Clears the context', body: emptyBody, bodyIsOptional: true }),
      async (context) => {
        await readBody(context, emptyBody)
        return inConversation(services, context, async ({ chat }) => {
          await chat.clear()
          return context.json(stateOfChat(chat))
        })
      },
    )
}
