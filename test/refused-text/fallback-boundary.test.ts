// The API went on with another model within a reply, and the reply is cut or stopped around the block that says so.
import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../src/index.ts'
import { block, ends, over, says, started, stopped, textBlock, toolBlock, types } from '../reply/fixtures.ts'
import { type Chunk, handedOver, type InChunks, mark, startInChunks, twoRounds } from './chunks.ts'

const options = { serverFallbacks: [{ model: 'm2' }] }

/** What the first model said until it was refused. */
const refusedText: readonly SourceEvent[] = [started(), textBlock(), says('Void words. '), stopped()]
const goesOn: readonly SourceEvent[] = [textBlock(2), says('Good words.', 2), stopped(2)]
const lost = new Error('the connection is gone')

/** A conversation that is asked once and gets this reply, stopped at a mark in it, and is asked once more. */
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

describe('a fallback block that has started and not ended', () => {
  it('is sent back behind what it follows, where the connection is lost then', async () => {
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1)], lost))).toEqual(textAndBoundary)
  })

  it('is sent back so where the stream ends then, and where the next event can not be read', async () => {
    const garbled: SourceEvent = { type: 'failed', error: new Error('no JSON') }
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1)]))).toEqual(textAndBoundary)
    expect(echoed(await saysMoreAfter([...refusedText, handedOver(1), garbled]))).toEqual(textAndBoundary)
  })

  it('is sent back so where the reply is stopped then, with what the other model had said by then', async () => {
    const then = await saysMoreAfter([...refusedText, handedOver(1), mark], 'nothing')
    expect(echoed(then)).toEqual(textAndBoundary)
    const later = await saysMoreAfter(
      [...refusedText, handedOver(1), stopped(1), textBlock(2), says('Good', 2), mark],
      'nothing',
    )
    expect(echoed(later)).toEqual([...textAndBoundary, { type: 'text', text: 'Good' }])
  })

  it('takes the thinking and the calls of the refused model out of what is sent back', async () => {
    const thought = block({ type: 'redacted_thinking', data: 'sealed' }, 1)
    const called = [toolBlock(2), types('{}', 2), stopped(2)]
    const talk = await saysMoreAfter([...refusedText, thought, ...called, handedOver(3)], lost)
    expect(echoed(talk)).toEqual(textAndBoundary)
  })
})

describe('a fallback whose block is lost', () => {
  const told = ends('end_turn', { iterations: twoRounds })

  it('leaves nothing to send back of the whole reply: nobody knows where the refused text ends', async () => {
    const talk = await saysMoreAfter([...refusedText, ...goesOn], [told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('leaves nothing of a reply that is cut after its rounds were told', async () => {
    const talk = await saysMoreAfter([...refusedText, ...goesOn], [told], lost)
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('leaves nothing of a reply that is stopped while its rounds are there already', async () => {
    const talk = await saysMoreAfter([...refusedText, mark, ...goesOn, told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })

  it('leaves nothing where it was the block that can not be read, and the rounds are there already', async () => {
    const garbled: SourceEvent = { type: 'failed', error: new Error('no JSON') }
    const talk = await saysMoreAfter([...refusedText, garbled, ...goesOn, told, over])
    expect(talk.said(2)).not.toMatch(/Void|Good/)
  })
})

describe('a reply that the second model was refused too', () => {
  it('is refused as a whole, where it is stopped with the refusal there', async () => {
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
