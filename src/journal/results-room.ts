import { jsonBytes, largestResults } from './bytes.ts'
import type { Block } from './content.ts'
import type { View } from './view.ts'

/** Sizes of recorded results: these are frozen, so each is measured once. */
const known = new WeakMap<Block, number>()

/** The bytes of a result as it is sent; Infinity if JSON cannot hold it. */
export function resultBytes(result: Block): number {
  let bytes = known.get(result)
  if (bytes === undefined) known.set(result, (bytes = measured(result)))
  return bytes
}

function measured(result: Block): number {
  try {
    return jsonBytes(result)
  } catch {
    return Infinity
  }
}

/** The bytes that remain for further results of the open turn's last reply. */
export function resultsRoom({ open }: View): number {
  const steps = open?.steps ?? []
  const last = steps.findLastIndex(({ role }) => role === 'assistant')
  const results = steps.slice(last + 1).flatMap(({ content }) => content)
  return Math.max(0, largestResults - results.reduce((sum, result) => sum + resultBytes(result), 0))
}
