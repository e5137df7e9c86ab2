// Prints how many bytes a delta allocates on its way from the network to a listener, as a multiple of what it allocates in the loop that
// one writes by hand, for replies of each kind. In a process of its own: what else a process has run changes what V8 leaves out.
import { Session } from 'node:inspector/promises'
import Anthropic from '@anthropic-ai/sdk'
import { claude, createConversation } from '../../src/index.ts'
import { deltas, replyEvents, toSse, type ReplyKind } from '../bench/replies.ts'

const count = 20_000

/** A reply in chunks of 64 kB, as a network would deliver it. */
function answering(kind: ReplyKind): () => Promise<Response> {
  const bytes = new TextEncoder().encode(replyEvents(kind, count).map(toSse).join(''))
  return async () => {
    let from = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (from >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(from, from + 65_536))
        from += 65_536
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }
}

async function byHand(fetch: () => Promise<Response>, heard: (text: string) => void): Promise<void> {
  const { body } = await fetch()
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue
      const { delta } = JSON.parse(line.slice(6))
      const text: unknown = delta?.text ?? delta?.thinking
      if (typeof text === 'string') heard(text)
    }
  }
}

async function conversing(fetch: () => Promise<Response>, heard: (text: string) => void): Promise<void> {
  const client = new Anthropic({ apiKey: 'test', fetch })
  const chat = createConversation({ source: claude(client), model: 'claude-opus-5-5', maxTokens: 100 })
  chat.on('delta', ({ text }) => heard(text))
  await chat.sendMessage('hi')
  await chat.close()
}

interface SampledNode {
  readonly selfSize: number
  readonly children: readonly SampledNode[]
}

const sizeOf = ({ selfSize, children }: SampledNode): number =>
  children.reduce((sum, child) => sum + sizeOf(child), selfSize)

/** Bytes that are allocated for each delta, what is collected meanwhile included. */
async function allocated(run: (heard: (text: string) => void) => Promise<void>): Promise<number> {
  const length = deltas(count).join('').length
  const read = async () => {
    let heard = 0
    await run((text) => {
      heard += text.length
    })
    if (heard !== length) throw new Error(`${heard} characters were read of ${length}.`)
  }
  // What is compiled and cached once does not count.
  for (let warmup = 0; warmup < 3; warmup++) await read()
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 2_048,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  await read()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return sizeOf(profile.head) / count
}

const ratios: Record<string, number> = {}
for (const kind of ['text', 'thinking'] as const) {
  const fetch = answering(kind)
  const hand = await allocated((heard) => byHand(fetch, heard))
  ratios[kind] = (await allocated((heard) => conversing(fetch, heard))) / hand
}
process.stdout.write(JSON.stringify(ratios))
