import { spawn } from 'node:child_process'
import { once } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { refusalTestString } from '../../src/testing/index.ts'
import { request, simulate } from './http.ts'

const run = async (command: string, env: Record<string, string>): Promise<number | null> => {
  const child = spawn('bash', ['-c', command], { env: { ...process.env, ...env, NO_PROXY: '127.0.0.1' } })
  const [code]: (number | null)[] = await once(child, 'exit')
  return code ?? null
}

// The vendor's shell example, with another address.
const example = `curl -sS -N "$URL/v1/messages" \\
  --header "anthropic-version: 2023-06-01" \\
  --header "content-type: application/json" \\
  --header "x-api-key: $ANTHROPIC_API_KEY" \\
  --data "$BODY" | grep -q '"stop_reason":"refusal"'`

describe("the vendor's examples, with another address", () => {
  it.each([
    [refusalTestString, 0],
    ['Hello', 1],
  ])('curl -N piped into grep -q: %s', async (content, code) => {
    const { url } = await simulate()
    const BODY = JSON.stringify(request({ stream: true, messages: [{ role: 'user', content }] }))
    expect(await run(example, { URL: url, ANTHROPIC_API_KEY: 'test', BODY })).toBe(code)
  })

  it('the loop over client.messages.stream() that leaves on the refusing message_delta', async () => {
    const simulator = await simulate({ refusal: { afterDeltas: 5 } })
    const client = new Anthropic({ apiKey: 'test', baseURL: simulator.url, maxRetries: 0 })
    let messages: Anthropic.MessageParam[] = [{ role: 'user', content: refusalTestString }]
    let text = ''
    const stream = client.messages.stream({ model: 'claude-opus-5-5', max_tokens: 1024, messages })
    for await (const event of stream) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
      if (event.type === 'message_delta' && event.delta.stop_reason === 'refusal') {
        messages = []
        break
      }
    }
    expect(messages).toEqual([])
    expect(text).toBe('This is the turnstate simulator, ')
    await simulator.requests[0]?.closed
  })
})
