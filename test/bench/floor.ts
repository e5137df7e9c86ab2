import type Anthropic from '@anthropic-ai/sdk'

type Params = Anthropic.MessageCreateParams

export type OnEvent = (event: Anthropic.RawMessageStreamEvent) => void

/** What one writes by hand, and no less: every line that it lacks is a feature. */
export async function floor(url: string, params: Params, onEvent: OnEvent): Promise<void> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'bench', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({ ...params, stream: true }),
  })
  if (!response.body) throw new Error('The answer has no body.')
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) onEvent(JSON.parse(line.slice(6)))
  }
}

export async function sdkCreate(client: Anthropic, params: Params, onEvent: OnEvent): Promise<void> {
  for await (const event of await client.messages.create({ ...params, stream: true })) onEvent(event)
}
