// Random programs of writers that open, append, send again, wait and delete, against a model that a page holds.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { TurnstateError } from '../../src/errors.ts'
import type { StoredFact } from '../../src/journal/index.ts'
import type { OpenConversation, Store } from '../../src/stores/index.ts'

const anyWriter = fc.nat({ max: 2 })

/** A step of one of three writers. `back`: how far before the end of what it has sent the append begins; `count`: its new facts. */
const stepOf = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), writer: anyWriter }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      writer: anyWriter,
      back: fc.nat({ max: 4 }),
      count: fc.nat({ max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip' as const), writer: anyWriter }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), writer: anyWriter }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), writer: anyWriter }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), milliseconds: fc.constantFrom(40_000, 60_000, 110_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), writer: anyWriter }) },
)

export type StoreProgram = readonly (typeof stepOf extends fc.Arbitrary<infer Step> ? Step : never)[]

export const storeProgram: fc.Arbitrary<StoreProgram> = fc.array(stepOf, { maxLength: 40, size: 'max' })

const id = 'c'
/** Long enough that the time which a program takes makes no difference. */
const lease = 100_000

interface ModelWriter {
  readonly chat: OpenConversation
  readonly openedAt: number
  /** Everything that it has sent, by its number. */
  readonly sent: StoredFact[]
  isLost: boolean
}

/** The whole truth about one conversation. */
class Model {
  facts: StoredFact[] = []
  holder: ModelWriter | null = null
  renewedAt = 0
  exists = false
  now = 0
  highest = 0

  get isHeld(): boolean {
    return this.holder !== null && this.now < this.renewedAt + lease
  }
}

/** Plays a program on stores that share a place, one for each writer, and compares each answer with the model. */
export async function playProgram(
  stores: readonly Store[],
  program: StoreProgram,
  pass: (milliseconds: number) => void | Promise<void>,
): Promise<void> {
  const model = new Model()
  const writers = new Map<number, ModelWriter>()
  for (const step of program) {
    if (step.do === 'pass') {
      model.now += step.milliseconds
      await pass(step.milliseconds)
      continue
    }
    const store = stores[step.writer]
    const writer = writers.get(step.writer)
    assert(store)
    if (step.do === 'open') {
      const opened = await open(store, model)
      if (opened) writers.set(step.writer, opened)
    } else if (step.do === 'delete') await erase(store, model)
    else if (writer) await act(writer, step, model)
    await compare(store, model)
  }
}

async function open(store: Store, model: Model): Promise<ModelWriter | null> {
  const found = await store.open(id, { lease }).catch((error: unknown) => {
    assert(TurnstateError.is(error) && error.code === 'conversation-busy', String(error))
    assert(model.isHeld, 'It is busy although nobody holds it.')
    return null
  })
  if (!found) return null
  assert(!model.isHeld, 'It was opened although somebody holds it.')
  assert(found.token > model.highest, 'Its token is not the highest.')
  assert.equal(found.revision, model.facts.length)
  const writer = { chat: found, openedAt: found.revision, sent: [...model.facts], isLost: false }
  Object.assign(model, { holder: writer, renewedAt: model.now, highest: found.token, exists: true })
  return writer
}

async function erase(store: Store, model: Model): Promise<void> {
  assert.equal(await store.delete(id), model.exists)
  Object.assign(model, { facts: [], holder: null, exists: false })
}

async function act(
  writer: ModelWriter,
  step: Exclude<StoreProgram[number], { readonly do: 'pass' | 'open' | 'delete' }>,
  model: Model,
): Promise<void> {
  const isHolder = model.holder === writer && !writer.isLost
  if (step.do === 'release') {
    await writer.chat.release()
    if (model.holder === writer) model.holder = null
    return
  }
  if (step.do === 'renew') {
    const { status } = await writer.chat.renew()
    assert.equal(status, isHolder ? 'held' : 'lost')
    if (isHolder) model.renewedAt = model.now
    return
  }
  const { sent } = writer
  // `skip`: one fact is left out.
  const from = step.do === 'skip' ? sent.length + 1 : Math.max(0, sent.length - step.back)
  const fresh = Array.from({ length: step.do === 'skip' ? 1 : step.count }, (_, index) =>
    fact(Math.max(sent.length, from) + index, writer.chat.token),
  )
  const facts = [...sent.slice(from), ...fresh]
  if (facts.length === 0) return
  const result = await writer.chat.append({ appendId: `${from}`, expected: from, facts })
  const fits = isHolder && from >= writer.openedAt && from <= model.facts.length
  assert.equal(result.status, fits ? 'saved' : 'lost')
  if (!fits) {
    writer.isLost = true
    return
  }
  if (step.do === 'append') sent.push(...fresh)
  model.facts.push(...facts.slice(model.facts.length - from))
  model.renewedAt = model.now
  assert(result.status === 'saved' && result.revision === model.facts.length)
}

async function compare(store: Store, model: Model): Promise<void> {
  const listing = await store.get(id)
  assert.equal(listing !== null, model.exists)
  if (!listing) return
  assert.deepEqual([listing.revision, listing.isOpen], [model.facts.length, model.isHeld])
  const read: StoredFact[] = []
  for await (const page of store.facts(id)) read.push(...page)
  assert.deepEqual(read, model.facts)
}

const fact = (seq: number, token: number): StoredFact => ({
  type: 'input.queued',
  turnId: `w${token}-${seq}`,
  input: 'text',
  at: seq,
  seq,
  v: 2,
})
