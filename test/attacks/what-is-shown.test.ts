// Secrets that come back in an error are looked for in everything that observers and logs get.
import { expect } from 'vitest'
import { attackSurface } from './attack.ts'
import { type Answer, secrets, talkThrough } from './planted.ts'

const json =
  (status: number, makeError: (body: string, key: string) => unknown): Answer =>
  ({ body, key }, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_011abc' })
    response.end(JSON.stringify(makeError(body, key)))
  }

const apiError = (type: string, message: string) => ({ type: 'error', error: { type, message } })

const streamed =
  (error: (body: string, key: string) => unknown): Answer =>
  ({ body, key }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const usage = { input_tokens: 1, output_tokens: 0 }
    const message = { id: 'msg_1', role: 'assistant', model: 'claude-opus-5-5', content: [], stop_reason: null, usage }
    response.write(`event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message })}\n\n`)
    response.end(`event: error\ndata: ${JSON.stringify(error(body, key))}\n\n`)
  }

/** The first failure in the records. Also checks that no secret is anywhere else. */
async function shown(answer: Answer, apiKey?: () => Promise<string>): Promise<string> {
  const { records, seen, outcome, whole } = await talkThrough(answer, apiKey)
  expect(outcome.status).toBe('failed')
  for (const secret of secrets) expect(seen, `what observers see holds ${secret}`).not.toContain(secret)
  // With includeText the texts are shown, but never a key.
  expect(whole).toContain('tulip-words')
  expect(whole).not.toContain('gw-7f3a9b-key')
  const failure = records.flatMap((record) =>
    record.type === 'fact' && 'failure' in record.fact && record.fact.failure ? [record.fact.failure] : [],
  )[0]
  const { code, status = 'no status', requestId = 'no request id', message, quote = 'no words' } = failure ?? {}
  expect(message).toMatch(/^[A-Z][^<>{}]*[.)]$/)
  return `shown: ${code}, ${status}, ${requestId}, our sentence, and in place of the API’s text ${quote.replace(/\d+/, 'n')}`
}

attackSurface('Records, logs and bridges without text', [
  {
    attack: 'a 400 quotes the user’s texts, the system prompt and the tools',
    run: () => shown(json(400, (body) => apiError('invalid_request_error', `this is not allowed: ${body}`))),
  },
  {
    attack: 'a field name and an id in the message of a 400 are texts of the user',
    run: () =>
      shown(json(400, () => apiError('invalid_request_error', 'tulip-words: file_orchid-prompt is not allowed'))),
  },
  {
    attack: 'a 422 of a gateway contains the whole input',
    run: () =>
      shown(json(422, (body) => ({ detail: [{ loc: ['body'], msg: 'no', input: JSON.parse(body) as unknown }] }))),
  },
  {
    attack: 'an HTML page with a 500 contains the request',
    run: () =>
      shown(({ body, key }, response) => {
        response.writeHead(500, { 'content-type': 'text/html' })
        response.end(`<html><title>${body}</title><body>${key}</body></html>`)
      }),
  },
  {
    attack: 'an error in the stream quotes the request',
    run: () => shown(streamed((body) => apiError('invalid_request_error', body))),
  },
  {
    attack: 'an error in the stream is a plain text',
    run: () => shown(streamed((body, key) => ({ error: `Bearer ${key} ${body}` }))),
  },
  {
    attack: 'a 401 quotes a key that does not look like a key of the API',
    run: () => shown(json(401, (_, key) => apiError('authentication_error', `invalid x-api-key: ${key.trim()}`))),
  },
  {
    attack: 'a 403 quotes a bearer token, and its request id is a sentence',
    run: () =>
      shown(({ key }, response) => {
        response.writeHead(403, { 'content-type': 'application/json', 'request-id': `for ${key}` })
        response.end(
          JSON.stringify(apiError('permission_error', `Authorization: Bearer ${key.trim()} may not do that`)),
        )
      }),
  },
  {
    attack: 'the function that returns the key throws an error with a secret',
    run: () =>
      shown(
        json(500, () => ({})),
        () => Promise.reject(new Error('poppy-supplier: api key gw-7f3a9b-key has expired')),
      ),
  },
  {
    attack: 'the type of the error and its sub-code are texts of the user',
    run: () =>
      shown(
        json(400, () => ({
          type: 'error',
          error: { type: 'tulip-words', message: '', details: { error_code: 'orchid-prompt' } },
        })),
      ),
  },
])
