// Each stream is cut at every byte, in every way a stream ends before its time, and comes in two chunks split at every byte: in
// CI; otherwise at every eighth.
// When the source yields the same items for several bytes, the conversation is played once for all of them; outside CI, for a third.
import { expect, it } from 'vitest'
import { someOf } from '../runs.ts'
import { createCounts } from './counts.ts'
import { cutAt, cutEndings, type Delivery, failingAt, splitAt } from './deliveries.ts'
import { play } from './play.ts'
import { type Scene, scenes } from './scenes.ts'
import { sourceItems } from './source-items.ts'
import { bytesOf, joined } from './wire.ts'

const counts = createCounts(
  'streams',
  'cuts and splits read',
  'of them played as conversations',
  'failures at an event',
)
const unretracted: string[] = []

/** The bytes of its stream at the first delivery. */
const streamOf = ({ before = [], refusing }: Scene): readonly Uint8Array[] =>
  bytesOf(refusing((letter) => `bad${before.length}${letter}`))

function deliveriesOf(size: number): readonly Delivery[] {
  const bytes = someOf(
    Array.from({ length: size + 1 }, (_, byte) => byte),
    { oneOf: 8 },
  )
  return [
    ...cutEndings.flatMap((ending) => bytes.map((byte) => cutAt(byte, ending))),
    ...bytes.map((byte) => splitAt(byte)),
  ]
}

const known = new Map<string, Promise<ReadonlyMap<string, Delivery>>>()

/** One delivery for each distinct list of items that the source yields. Some scenes have the same stream. */
function differentDeliveries(events: readonly Uint8Array[]): Promise<ReadonlyMap<string, Delivery>> {
  const stream = joined(events)
  const key = new TextDecoder().decode(stream)
  const read = async () => {
    const different = new Map<string, Delivery>()
    for (const delivery of deliveriesOf(stream.length)) {
      const items = await sourceItems([stream], delivery)
      if (!different.has(items)) different.set(items, delivery)
      counts.add('cuts and splits read')
    }
    return different
  }
  const found = known.get(key) ?? read()
  known.set(key, found)
  return found
}

async function problemsOf(scene: Scene, delivery: Delivery, isForked: boolean): Promise<readonly string[]> {
  const played = await play(scene, { delivery, isForked })
  unretracted.push(...played.unretracted)
  return played.problems.map((problem) => `${delivery.name}: ${problem}`)
}

it.each(Object.entries(scenes))(
  '%s: refused text is never sent again, wherever the stream is cut or split',
  async (_, scene) => {
    counts.add('streams')
    const problems: string[] = []
    for (const [index, delivery] of someOf([...(await differentDeliveries(streamOf(scene))).values()]).entries()) {
      problems.push(...(await problemsOf(scene, delivery, index % 8 === 0)))
      counts.add('of them played as conversations')
    }
    expect(problems).toEqual([])
  },
)

it('refused text is never sent again when a stream fails at an event and the rest has already arrived', async () => {
  const problems: string[] = []
  for (const [name, scene] of Object.entries(scenes)) {
    for (const index of streamOf(scene).keys()) {
      const wrong = await problemsOf(scene, failingAt(index, 'garbled'), false)
      problems.push(...wrong.map((problem) => `${name}, ${problem}`))
      counts.add('failures at an event')
    }
  }
  expect(problems).toEqual([])
})

it('every shown refused reply was retracted once in each of these runs', () => {
  expect(unretracted).toEqual([])
})
