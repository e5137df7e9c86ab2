// What the chart does, written down: eight random walks through each graph, every fact and every notice. A change of behaviour shows
// as a difference in `recorded/`. Where it is meant, `npm test -- -u` writes the files anew, and the difference is reviewed.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graphs } from './graphs.ts'
import { walk } from './walk.ts'

const walks = fc.sample(fc.noBias(fc.array(fc.nat(), { minLength: 48, maxLength: 48 })), { seed: 11, numRuns: 8 })

describe('random walks through the chart match their recordings', () => {
  it.each(Object.entries(graphs))('%s', async (name, graph) => {
    const text = walks.map((choices, index) =>
      [
        `walk ${index + 1}`,
        ...walk(graph, choices).flatMap(({ event, state, facts, told }) => [
          `${JSON.stringify(event)} → ${state}`,
          ...facts.map((fact) => `    ${JSON.stringify(fact)}`),
          ...told.map((notice) => `    told ${JSON.stringify(notice)}`),
        ]),
      ].join('\n'),
    )
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(`recorded/${name.replaceAll(/[^a-z]+/gi, '-')}.txt`)
  })
})
