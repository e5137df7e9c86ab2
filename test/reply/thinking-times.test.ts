import { describe, expect, it } from 'vitest'
import {
  type SourceItem,
  block,
  ends,
  over,
  played,
  says,
  sourceOf,
  started,
  stopped,
  textBlock,
  thinks,
} from './fixtures.ts'

const thought = (index: number) => block({ type: 'thinking', thinking: '', signature: 'sig' }, index)

/** A clock that a delta moves on, by as many milliseconds as it has characters. */
async function recorded(...items: readonly SourceItem[]) {
  let at = 1_000
  const { view } = await played(sourceOf(...items), {
    stream: { now: () => at },
    onEmitted: (event) => {
      if (event.type === 'delta') at += event.text.length
    },
  })
  return view.turns[0]?.steps.map((step) => ('thinkingTimes' in step ? step.thinkingTimes : undefined))
}

describe('what is recorded of thinking', () => {
  it('is how long each thought took to arrive, from its start to its end', async () => {
    const times = await recorded(
      started(),
      thought(0),
      thinks('12345'),
      stopped(),
      thought(1),
      thinks('123', 1),
      stopped(1),
      textBlock(2),
      says('So.', 2),
      stopped(2),
      ends('end_turn'),
      over,
    )
    expect(times).toEqual([[5, 3]])
  })

  it('counts until the next block where the end of a thought is lost, and none that is not kept', async () => {
    const times = await recorded(
      started(),
      block({ type: 'thinking', thinking: '', signature: '' }),
      thinks('123456'),
      thought(0),
      thinks('12'),
      block({ type: 'thinking', thinking: '', signature: '' }, 1),
      thinks('never signed, never ended', 1),
      textBlock(2),
      says('So.', 2),
      stopped(2),
      ends('end_turn'),
      over,
    )
    expect(times).toEqual([[6, 30]])
  })

  it('is nothing without thoughts, or by a clock that stands still', async () => {
    expect(await recorded(started(), textBlock(), says('So.'), stopped(), ends('end_turn'), over)).toEqual([undefined])
    const { view } = await played(
      sourceOf(started(), thought(0), thinks('12'), stopped(), textBlock(1), says('So.', 1), ends('end_turn'), over),
    )
    expect(view.turns[0]?.steps[0]).not.toHaveProperty('thinkingTimes')
  })
})
