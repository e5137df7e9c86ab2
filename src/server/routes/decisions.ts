// What people decide: refusals, rejections, approvals, answers, branches, the context.
import { Hono } from 'hono'
import { readResetPolicy } from '../../refusals/policy.ts'
import { readRejectionPolicy } from '../../rejections/policy.ts'
import { readBody } from '../body.ts'
import type { ServerEnv } from '../context.ts'
import { described } from '../describe.ts'
import { answerBody, approvalBody, emptyBody, headBody, policyBody } from '../schemas.ts'
import type { Services } from '../services.ts'
import { onceStoredState } from './once-stored-state.ts'

export function decisionRoutes(services: Services): Hono<ServerEnv> {
  return new Hono<ServerEnv>()
    .post(
      '/refusal',
      described({ id: 'resolveRefusal', summary: 'Decides about a refusal that waits for a person', body: policyBody }),
      async (context) => {
        const { policy } = await readBody(context, policyBody)
        return onceStoredState(services, context, (chat) => chat.resolveRefusal(readResetPolicy(policy)))
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
        return onceStoredState(services, context, (chat) => chat.resolveRejection(readRejectionPolicy(policy)))
      },
    )
    .post(
      '/approvals/:callId',
      described({ id: 'decideCall', summary: 'Approves or denies a tool call', body: approvalBody }),
      async (context) => {
        const { approved, reason } = await readBody(context, approvalBody)
        const callId = context.req.param('callId')
        return onceStoredState(services, context, (chat) =>
          approved ? chat.approveTool(callId) : chat.denyTool(callId, reason),
        )
      },
    )
    .post(
      '/answers/:callId',
      described({ id: 'answerCall', summary: 'Answers a call of a tool that the app runs', body: answerBody }),
      async (context) => {
        const { result, isError } = await readBody(context, answerBody)
        return onceStoredState(services, context, (chat) =>
          chat.answerTool(context.req.param('callId'), result, isError === undefined ? {} : { isError }),
        )
      },
    )
    .post(
      '/head',
      described({ id: 'switchTo', summary: 'Switches to another branch', body: headBody }),
      async (context) => {
        const { turnId, force } = await readBody(context, headBody)
        return onceStoredState(services, context, (chat) => chat.switchTo(turnId, force === undefined ? {} : { force }))
      },
    )
    .post(
      '/clear',
      described({ id: 'clear', summary: 'Clears the context', body: emptyBody, bodyIsOptional: true }),
      async (context) => {
        await readBody(context, emptyBody)
        return onceStoredState(services, context, (chat) => chat.clear())
      },
    )
}
