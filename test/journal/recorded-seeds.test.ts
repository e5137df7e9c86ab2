// What becomes of odd histories, written down: the facts, and what was repaired. A change of behaviour shows as a difference in
// `recorded/`. Where it is meant, `npm test -- -u` writes the file anew, and the difference is reviewed.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { seedFacts } from '../../src/journal/index.ts'
import { oddMessages } from './odd-messages.ts'

it('odd histories become the recorded facts', async () => {
  const histories = fc.sample(oddMessages(fc.string({ unit: 'grapheme-ascii', maxLength: 8 })), {
    seed: 2,
    numRuns: 120,
  })
  const text = histories.map((messages) => {
    let count = 0
    const { facts, repairs } = seedFacts({ messages, at: 7, nextId: () => `s${++count}` })
    const told = repairs.map(({ message, what }) => `  repaired ${message}: ${what}`)
    return [
      ...messages.map((each) => JSON.stringify(each)),
      ...told,
      ...facts.map((fact) => `  ${JSON.stringify(fact)}`),
    ]
  })
  await expect(`${text.map((lines) => lines.join('\n')).join('\n\n')}\n`).toMatchFileSnapshot('recorded/seeds.txt')
})
