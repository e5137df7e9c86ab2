// What is ours alone, each part in a process of its own. Forked with the name of the part and what it is to do; sends what it found.
import { growth } from './growth.ts'
import { heapRatios } from './heap.ts'
import type { Plans } from './plans.ts'
import { turnRatio } from './turns.ts'
import { watchingCost } from './watching.ts'

/** What there is to measure. */
export const alone = {
  turns: ({ conversations }: Plans['alone']) => turnRatio(conversations),
  heap: () => heapRatios(2_000),
  watching: () => watchingCost(),
  growth: (plan: Plans['alone']) => growth(plan.growth),
}

const [name = '', plan = ''] = process.argv.slice(2)
const found = await alone[name as keyof typeof alone](JSON.parse(plan))
process.send?.(found, () => process.exit())
