// The API continued with another model within a reply, and the reply is cut or stopped around its fallback block.
import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../src/index.ts'
import { block, ends, over, says, started, stopped, textBlock, toolBlock, types } from '../reply/fixtures.ts'
import { type Chunk, handedOver, type InChunks, mark, startInChunks, twoRounds } from './chunks.ts'

const options = { serverFallbacks: [{ model: 'm2' }] }

/** The text of the first model before its refusal. */
const refusedText: readonly SourceEvent[] = [started(), textBlock(), says('Void words. '), stopped()]
const goesOn: readonly SourceEvent[] = [textBlock(2), says('Good words.', 2), stopped(2)]
const lost = new Error('the connection is gone')

/** A conversation that gets this reply, is stopped at a mark in it, and sends one more message. */
async function saysMoreAfter(...chunks: readonly Chunk[]): Promise<InChunks> {
  const talk = startInChunks([chunks], options)
  talk.chat.on('unknown', () => void talk.chat.stop())
  await talk.chat.sendMessage('Question')
  await talk.chat.sendMessage('More')
  return talk
}

/** The blocks of the reply in the second request. */
const echoed = ({ requests }: InChunks): unknown => requests[1]?.messages[1]?.content

const textAndBoundary = [
  { type: 'text', text: 'Void words. ' },
  { type: 'fallback', from: { model: 'm1' }, to: { model: 'm2' } },
]

describe('a fallback block without a stop event', () => {
  it('is sent back in its place when the connection is lost then', async () => {
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1)], lost))).toEqual(textAndBoundary)
  })

  it('is sent back in its place when the stream ends then or the next event is malformed', async () => {
    const garbled: SourceEvent = { type: 'failed', error: new Error('no JSON') }
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1)]))).toEqual(textAndBoundary)
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1), garbled]))).toEqual(textAndBoundary)
  })

  it('is sent back with the other model’s text so far when the reply is stopped then', async () => {
    const then = await saysMoreAfter([...refusedText, handedOver(1), mark], 'nothing')
    expect(echoed(then)).toEqual(textAndBoundary)
    const later = await saysMoreAfter(
      [...refusedText, handedOver(1), stopped(1), textBlock(2), says('Good', 2), mark],
      'nothing',
    )
    expect(echoed(later)).toEqual([...textAndBoundary, { type: 'text', text: 'Good' }])
  })

  it('removes the thinking and calls of the refused model from what is sent back', async () => {
    const thought = block({ type: 'redacted_thinking', data: 'sealed' }, 1)
    const called = [toolBlock(2), types('{}', 2), stopped(2)]
    const talk = await saysMoreAfter([...refusedText, thought, ...called, handedOver(3)], lost)
    expect(echoed(talk)).toEqual(textAndBoundary)
  })
})

describe('a fallback without its block', () => {
  const told = ends('end_turn', { iterations: twoRounds })

  it('sends back none of the reply, because the end of the refused text is unknown', async () => {
    const talk = await saysMoreAfter([...refusedText, ...goesOn], [told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('sends back none of a reply that is cut after its iterations arrived', async () => {
    const talk = await saysMoreAfter([...refusedText, ...goesOn], [told], lost)
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('sends back none of a reply that is stopped when its iterations have already arrived', async () => {
    const talk = await saysMoreAfter([...refusedText, mark, ...goesOn, told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('sends back none of a reply whose fallback block is malformed when the iterations have already arrived', async () => {
    const garbled: SourceEvent = { type: 'failed', error: new Error('no JSON') }
    const talk = await saysMoreAfter([...refusedText, garbled, ...goesOn, told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })
})

describe('a reply that the second model refused too', () => {
  it('is refused as a whole when it is stopped after the refusal arrived', async () => {
    const talk = await saysMoreAfter([
      ...refusedText,
      handedOver(1),
      stopped(1),
      textBlock(2),
      says('Void too', 2),
      mark,
      ends('refusal'),
    ])
    expect(talk.said(2)).not.toMatch(/Question|Void/)
    expect(talk.told('turn.refused')).toBe(1)
  })
})
