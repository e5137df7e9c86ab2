import { jsonHeaders, streamHeaders } from '../../serve/answer-headers.ts'
import { type ApiFailure, errorBody } from '../../api/api-errors.ts'
import { faultyStream } from '../../serve/faulty-stream.ts'
import { type AddressedReply, replyEvents, wholeMessage } from '../../reply/wire-events.ts'

/** An HTTP response. */
export interface HostileAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export const failureAnswer = (failure: ApiFailure, requestId: string): HostileAnswer => ({
  status: failure.status,
  headers: jsonHeaders(requestId),
  body: JSON.stringify(errorBody(failure, requestId)),
})

/** The events of a reply, or the whole message for a request without a stream. */
export const replyAnswer = (reply: AddressedReply, stream: boolean, requestId: string): HostileAnswer => {
  if (!stream) return { status: 200, headers: jsonHeaders(requestId), body: JSON.stringify(wholeMessage(reply)) }
  const items = [...faultyStream(replyEvents(reply), {}, 0, requestId)]
  const body = items.map((item) => (item.do === 'send' ? item.text : '')).join('')
  return { status: 200, headers: streamHeaders(requestId), body }
}
