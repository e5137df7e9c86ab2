import { type ApiFailure, errorTypeOf } from '../../api/api-errors.ts'
import type { HostileRejection } from '../program/program.ts'
import type { HostileRule, Strike } from '../program/rules.ts'

const plain: Readonly<Record<HostileRejection['status'], string>> = {
  400: 'The request could not be processed.',
  404: 'Not found',
  413: 'Request exceeds the maximum size',
  500: 'Internal server error',
}

const ofType = (type: string, place: string): string => {
  switch (type) {
    case 'image':
      return `${place}.image.source.base64: Could not process image`
    case 'document':
      return `${place}.document.source.base64.data: The PDF specified was not valid.`
    default:
      return `${place}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'text'`
  }
}

/** An error in the API's style that names the place. */
const pointing = (rule: HostileRule, { place, block, what = '' }: Strike): string => {
  switch (rule.on) {
    case 'block':
      return ofType(rule.type, place)
    case 'marker':
      return place.endsWith('.name')
        ? `${place}: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`
        : `${place}: Input could not be processed`
    case 'id': {
      const name = block?.['type'] === 'tool_result' ? 'tool_result.tool_use_id' : `${String(block?.['type'])}.id`
      return `${place}.${name}: String should match pattern '^[a-zA-Z0-9_-]+$'`
    }
    case 'thinking':
      return `${place}: Invalid \`signature\` in \`thinking\` block`
    case 'container':
      return `container: ${what} has expired`
    case 'field':
    case 'modelAndField':
      return `${place}: Extra inputs are not permitted`
    case 'bytes':
      return `Request exceeds the maximum allowed number of bytes: ${what} > ${rule.most}`
    case 'file':
      return `File not found: ${what}`
  }
}

/** The error for a request that breaks a rule. A 500 never names the place. */
export const complaint = ({ rule, says, status }: HostileRejection, struck: Strike): ApiFailure => ({
  status,
  type: errorTypeOf(status),
  message: says === 'plain' || status >= 500 ? plain[status] : pointing(rule, struck),
})
