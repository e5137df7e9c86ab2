// Whatever becomes of a message while it is written, the AI SDK's own reader ends with what there is of it.
import * as fc from 'fast-check'
import { readUIMessageStream, type UIMessageChunk } from 'ai'
import { describe, expect, it } from 'vitest'
import { shownParts, type UiPart } from '../../../src/server/ai-sdk/index.ts'
import { MessageStream } from '../../../src/server/ai-sdk/message-stream.ts'
import type { Step } from '../../../src/server/ai-sdk/messages.ts'
import { runs } from '../../runs.ts'
import type { Message } from './served.ts'

/** What can happen to a message between two looks at it. */
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ is: fc.constant('grows' as const), text: fc.string({ minLength: 1, maxLength: 40 }) }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constantFrom('text', 'reasoning', 'call', 'source') }) },
  { weight: 2, arbitrary: fc.constant({ is: 'is stored' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'is retracted' as const }) },
  { weight: 1, arbitrary: fc.constant({ is: 'is refused' as const }) },
  { weight: 5, arbitrary: fc.constant({ is: 'seen' as const }) },
)

type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never

interface Growing extends Step {
  parts: UiPart[]
  isStored: boolean
}

/** A message to which things happen. */
class Told {
  readonly steps: Growing[] = []
  #count = 0

  happen(what: Event): void {
    const last = this.steps.at(-1)
    const open = last && !last.isStored ? last : undefined
    switch (what.is) {
      case 'grows': {
        const part = open?.parts.at(-1)
        if (part && 'text' in what && (part.type === 'text' || part.type === 'reasoning')) part.text += what.text
        break
      }
      case 'text':
      case 'reasoning':
        this.#begin({ type: what.is, text: `${this.#count++}`, state: 'streaming' })
        break
      case 'call':
        this.#begin({
          type: 'tool-look',
          toolCallId: `call-${this.#count++}`,
          state: 'input-streaming',
          input: undefined,
          rawInput: '{',
        })
        break
      case 'source':
        this.#begin({ type: 'source-url', sourceId: `${this.#count}`, url: `https://example.org/${this.#count++}` })
        break
      case 'is stored':
        if (open) this.#store(open)
        break
      case 'is retracted':
        if (open) this.steps.pop()
        break
      case 'is refused':
        if (open) this.steps.pop()
        this.steps.push({
          key: `refusal:${this.#count}`,
          parts: [{ type: 'data-refusal', id: `${this.#count++}`, data: {} as never }],
          isStored: true,
          isNote: true,
        })
        break
      default:
    }
  }

  #begin(part: UiPart): void {
    const last = this.steps.at(-1)
    const step = last && !last.isStored ? last : { key: `step-${this.#count++}`, parts: [], isStored: false }
    if (step !== last) this.steps.push(step)
    const before = step.parts.at(-1)
    if (before?.type === 'text' || before?.type === 'reasoning') before.state = 'done'
    step.parts.push(part)
  }

  #store(step: Growing): void {
    step.isStored = true
    step.parts = step.parts.map((part): UiPart => {
      if (part.type === 'text' || part.type === 'reasoning') return { ...part, state: 'done' }
      if (part.type !== 'tool-look') return part
      return {
        type: 'tool-look',
        toolCallId: 'toolCallId' in part ? part.toolCallId : '',
        state: 'output-available',
        input: {},
        output: 1,
      }
    })
  }
}

/** What a reader has of a message after these chunks. */
async function read(chunks: readonly unknown[]): Promise<Message | undefined> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as UIMessageChunk)
      controller.close()
    },
  })
  let last: Message | undefined
  for await (const message of readUIMessageStream<Message>({ stream, terminateOnError: true })) last = message
  return last
}

const outline = (parts: readonly { readonly type: string }[]) =>
  parts.map((part) => ({
    type: part.type,
    ...('text' in part ? { text: part.text, state: 'state' in part ? part.state : null } : {}),
    ...('toolCallId' in part ? { call: part.toolCallId, state: 'state' in part ? part.state : null } : {}),
    ...('sourceId' in part ? { source: part.sourceId } : {}),
  }))

describe('the stream of a message', () => {
  it('ends with what there is of the message, whatever has happened to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 60 }), async (events) => {
        const told = new Told()
        const stream = new MessageStream({ resetStep: false })
        const chunks: unknown[] = [{ type: 'start', messageId: 'm' }]
        for (const what of events) {
          if (what.is === 'seen') chunks.push(...stream.chunks(told.steps, 'm'))
          else told.happen(what)
        }
        told.happen({ is: 'is stored' })
        chunks.push(...stream.chunks(told.steps, 'm'), ...stream.end(), { type: 'finish' })
        const expected = told.steps.flatMap(({ parts, isNote }): readonly { readonly type: string }[] =>
          isNote ? parts : [{ type: 'step-start' }, ...parts],
        )
        const message = await read(chunks)
        expect(outline(shownParts(message ?? { parts: [] }))).toEqual(outline(expected))
      }),
      { numRuns: runs(300) },
    )
  })
})
