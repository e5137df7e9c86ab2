// What the open turn has come to that may stay in the history, however it ends.
import { hasText, isServerToolResult, toolsThatRan, type View } from '../../src/journal/index.ts'

/** The open turn has done something that stands, whatever becomes of its request. */
export const hasRunTools = ({ open, startedCalls }: View): boolean =>
  open !== null && (startedCalls.length > 0 || toolsThatRan(open).length > 0)

/** A turn that ran tools, here or at the API, or said something is worth building on; what the tools did stands either way. */
export const saysSomething = ({ open, startedCalls }: View): boolean =>
  startedCalls.length > 0 ||
  (open?.steps.some(
    (reply) => reply.role === 'user' || hasText(reply.content) || reply.content.some(isServerToolResult),
  ) ??
    false)
