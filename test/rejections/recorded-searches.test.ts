// How the search for what is to blame goes, written down: random histories, an API that does not take some of their parts, and
// what is left out request after request. A change of behaviour shows as a difference in `recorded/`. Where it is meant,
// `npm test -- -u` writes the files anew, and the difference is reviewed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fact, View } from '../../src/index.ts'
import { fold, kindOf, nextLeft, type Part, partsToTakeBack, rejectionOf, step } from '../../src/journal/index.ts'
import { carriedOf, partsOf } from '../../src/journal/rejections/parts.ts'
import { called, completed, created, opened, rejected, replied, setAside } from './fixtures.ts'

const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } }
const thought = { type: 'thinking', thinking: 'Hm.', signature: 'signed' }

/** What is in a turn. */
interface Shape {
  readonly hasPicture: boolean
  readonly calls: number
  readonly thinks: boolean
}

/** What the API does not take, by the number of a part among those that a request carries, and how it says so. */
interface Api {
  readonly guilty: readonly number[]
  readonly points: boolean
  readonly together: boolean
}

const shape: fc.Arbitrary<Shape> = fc.record({
  hasPicture: fc.boolean(),
  calls: fc.constantFrom(0, 0, 1, 2),
  thinks: fc.boolean(),
})
const scene = fc.record({
  history: fc.array(shape, { minLength: 1, maxLength: 5 }),
  asked: fc.array(shape, { minLength: 3, maxLength: 3 }),
  api: fc.record({
    guilty: fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1, maxLength: 3 }),
    points: fc.boolean(),
    together: fc.boolean(),
  }),
  hasContainer: fc.boolean(),
  isTooMuch: fc.boolean(),
})
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never

/** A turn up to where its last reply would come. */
const begun = (id: string, parent: string | null, { hasPicture, calls, thinks }: Shape): readonly Fact[] => [
  opened(id, parent, hasPicture ? [{ type: 'text', text: `ask ${id}` }, picture] : `ask ${id}`),
  ...Array.from({ length: calls }, (_, index) =>
    called(id, `${id}k${index}`, 'look').map((fact) =>
      fact.type === 'reply.recorded' && thinks ? { ...fact, content: [thought, ...fact.content] } : fact,
    ),
  ).flat(),
]

/** What the next request of the view carries. */
function carried(view: View, { hasContainer }: Scene): readonly Part[] {
  const container = hasContainer ? 'box' : null
  const parts = partsOf(view, { model: 'm1', fields: ['effort'], container, thinking: false })
  return carriedOf(parts, new Set(view.rejections.setAside))
}

/** Which of them the API does not take; none where it takes the request. */
function objectedTo(parts: readonly Part[], guilty: readonly Part[], { together }: Api): readonly Part[] {
  const found = guilty.filter((part) => parts.includes(part))
  return together && found.length < guilty.length ? [] : found
}

function play(of: Scene): readonly string[] {
  const { history, asked, api, hasContainer, isTooMuch } = of
  let view = fold([
    created,
    ...history.flatMap((each, index) => {
      const id = `t${index + 1}`
      return [...begun(id, index === 0 ? null : `t${index}`, each), replied(id), completed(id)]
    }),
  ])
  const lines: string[] = []
  let guilty: readonly Part[] | null = null
  for (const [index, each] of asked.entries()) {
    const turnId = `m${index + 1}`
    for (const fact of begun(turnId, view.head, each)) view = step(view, fact)
    const back = partsToTakeBack(view)
    if (back.length > 0) view = step(view, { type: 'context.takenBack', turnId, parts: back })
    lines.push(`${turnId} takes back ${back.join(' ')}`)
    for (let tries = 5; ; tries--) {
      const parts = carried(view, of)
      guilty ??= api.guilty.map((nth) => parts[nth % parts.length] ?? 'thinking')
      const [at] = objectedTo(parts, guilty, api)
      if (at === undefined) {
        for (const fact of [replied(turnId), completed(turnId)]) view = step(view, fact)
        lines.push(
          `  taken; aside: ${view.rejections.setAside.join(' ')}; suspected: ${JSON.stringify(view.rejections.groups)}`,
        )
        break
      }
      view = step(view, {
        ...rejected(turnId, {
          status: isTooMuch ? 413 : 400,
          fields: { effort: 'high' },
          ...(api.points ? { pointed: at } : {}),
        }),
        ...(hasContainer ? { container: 'box' } : {}),
      } as Fact)
      const { suspects } = rejectionOf(view, { code: 'request-invalid', message: '' })
      lines.push(`  rejected; suspects: ${JSON.stringify(suspects)}`)
      const left = nextLeft(view, tries)
      lines.push(`  leaves out ${left?.join(' ') ?? 'nothing more'}`)
      if (left === null) {
        const failure = { code: 'request-invalid', message: '' } as const
        view = step(view, { type: 'turn.settled', turnId, status: 'failed', kept: false, failure })
        break
      }
      const now: ReadonlySet<Part> = new Set(left)
      const returned = view.rejections.setAside.filter((part) => !now.has(part))
      if (returned.length > 0) view = step(view, { type: 'context.takenBack', turnId, parts: returned })
      const out = [...now].filter((part) => !view.rejections.setAside.includes(part) && kindOf(part) !== 'thinking')
      if (out.length > 0) view = step(view, setAside(turnId, ...out))
    }
  }
  return [`the API does not take ${guilty?.join(' ')}${api.together ? ' together' : ''}`, ...lines]
}

describe('the search for the cause of a rejection matches the recorded one', () => {
  const scenes = fc.sample(fc.noBias(scene), { seed: 3, numRuns: 120 })

  it.each([1, 2, 3])('in random scenes, file %i', async (nth) => {
    const text = scenes.slice(40 * (nth - 1), 40 * nth).map((each) => play(each).join('\n'))
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(`recorded/searches-${nth}.txt`)
  })
})
