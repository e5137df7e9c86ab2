import type { ReplyTarget } from '../reply/reply-request.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { breakpointsBeside, promptHashOf } from '../journal/index.ts'
import { jsonCopy } from '../journal/json-copy.ts'

/**
 * Derives from the app's request fields what its thinking is bound to and how many cache breakpoints they hold.
 *
 * @throws TurnstateError `invalid-option` for a field that JSON can't hold, or that is nested too deeply
 */
export function replyTarget(fields: RequestFields): ReplyTarget {
  checkSendable(fields)
  return {
    promptHash: promptHashOf(fields.system, fields.tools),
    cacheBreakpoints: breakpointsBeside(fields),
    structured: fields.output_config?.format !== undefined && fields.output_config.format !== null,
  }
}

/** @throws TurnstateError `invalid-option` for a field that JSON can't hold, or that is nested too deeply */
export function checkSendable(fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    try {
      if (value !== undefined) jsonCopy(value)
    } catch (cause) {
      throw new TurnstateError(
        'invalid-option',
        `JSON can't hold the request's field "${name}": ${messageOf(cause)}. Give plain data.`,
        { cause },
      )
    }
  }
}
