// The tools of a random conversation, and the account of their runs.
import { z } from 'zod'
import { tool, type ToolInput } from '../../src/index.ts'
import type { Held } from './held.ts'

interface Run {
  /** The call, by its input: the word of its reply, and its place there. */
  readonly key: string
  readonly name: string
  readonly turnId: string
  readonly signal: AbortSignal
  isOver: boolean
}

const input = z.object({ at: z.string(), n: z.number() })
type Input = z.infer<typeof input>
/** Made once, for thousands of conversations. */
const jsonSchema = z.toJSONSchema(input)

interface Info {
  readonly turnId: string
  readonly signal: AbortSignal
}

export function createTools({ held, nextWord }: { readonly held: Held; readonly nextWord: () => string }) {
  const runs: Run[] = []

  const running =
    (name: string, run: (at: Input) => unknown) =>
    async (given: Input, { turnId, signal }: Info): Promise<unknown> => {
      const entry: Run = { key: `${given.at}#${given.n}`, name, turnId, signal, isOver: false }
      runs.push(entry)
      try {
        return await run(given)
      } finally {
        entry.isOver = true
      }
    }
  const seen = () => `${nextWord()} was seen`
  const define = (name: string, run: (at: Input) => unknown, more = {}) =>
    tool({ name, input, jsonSchema, run: running(name, run), ...more })
  const results: readonly unknown[] = [undefined, [{ type: 'text', text: '' }], { seen: true }, 1n]

  const look = define('look', seen)
  const all: readonly ToolInput[] = [
    look,
    define('hold', () => held.wait(seen), { timeout: 20_000 }),
    define('fail', () => {
      throw new Error('no light')
    }),
    define('remove', seen, { needsApproval: true }),
    define('unsure', seen, {
      needsApproval: () => {
        throw new Error('who knows')
      },
    }),
    define('odd', ({ n }) => results[n % results.length]),
    { name: 'ask', input_schema: { type: 'object' } },
    { type: 'web_search_20260318', name: 'web_search' },
  ]
  return { runs, sets: { all, few: [look], none: [] } }
}
