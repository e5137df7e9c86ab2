import type { ReplyTarget } from '../actors/reply-request.ts'
import type { RequestFields } from '../claude/request-fields.ts'
import { promptHashOf } from '../journal/index.ts'

/** What the app's request fields mean for a reply: what its thinking is bound to, and what room it leaves. */
export function replyTarget(fields: RequestFields): ReplyTarget {
  const prompt = JSON.stringify([fields.system ?? null, fields.tools ?? null])
  return {
    promptHash: promptHashOf(fields.system, fields.tools),
    cacheBreakpoints: countBreakpoints(prompt) + (fields.cache_control ? 1 : 0),
    structured: fields.output_config?.format !== undefined && fields.output_config.format !== null,
  }
}

const countBreakpoints = (json: string): number => json.split('"cache_control":{').length - 1
