import type { ReplyTarget } from '../actors/stream-reply.ts'
import type { RequestFields } from '../claude/request-fields.ts'

/** What the app's request fields mean for a reply: what its thinking is bound to, and what room it leaves. */
export function replyTarget(fields: RequestFields): ReplyTarget {
  const prompt = JSON.stringify([fields.system ?? null, fields.tools ?? null])
  return {
    promptHash: hash(prompt),
    cacheBreakpoints: countBreakpoints(prompt) + (fields.cache_control ? 1 : 0),
    structured: fields.output_config?.format !== undefined && fields.output_config.format !== null,
  }
}

const countBreakpoints = (json: string): number => json.split('"cache_control":{').length - 1

/** FNV-1a over two lanes, 64 bits: tells prompts apart, keeps no secrets, and runs in browsers without waiting. */
function hash(text: string): string {
  let low = 0x811c9dc5
  let high = 0xc9dc5118
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x01000193) ^ (low >>> 13)
  }
  return [high, low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
}
