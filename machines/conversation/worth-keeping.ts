// Whether the open turn has anything that stays in the history, however it ends.
import { hasText, isServerToolResult, toolsThatRan, type View } from '../../src/journal/index.ts'

/** Whether the open turn ran tools, whose effects remain, whatever happens to its request. */
export const hasRunTools = ({ open, startedCalls }: View): boolean =>
  open !== null && (startedCalls.length > 0 || toolsThatRan(open).length > 0)

/** Whether the open turn ran tools, here or at the API, or has text. Such a turn is kept. */
export const saysSomething = ({ open, startedCalls }: View): boolean =>
  startedCalls.length > 0 ||
  (open?.steps.some(
    (reply) => reply.role === 'user' || hasText(reply.content) || reply.content.some(isServerToolResult),
  ) ??
    false)
