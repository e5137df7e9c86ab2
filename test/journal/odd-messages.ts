// Messages of nobody in particular: with the fields of several providers, whole, half or wrong.
import * as fc from 'fast-check'
import { compaction, found, search, text, thinking } from './fixtures.ts'

/** Up to seven messages in which these words stand where words, names and ids do. */
export function oddMessages(words: fc.Arbitrary<string>): fc.Arbitrary<readonly unknown[]> {
  const odd = fc.oneof(words, fc.constantFrom('c1', 'c2', 'look', '', ' ', 'a|b', 'x\ud83d'))
  const anything = fc.oneof(odd, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(undefined, null))
  const part = fc.oneof(
    anything,
    odd.map((said) => text(said)),
    fc.record({
      type: fc.constantFrom('tool_use', 'server_tool_use', 'tool-call', 'function_call'),
      id: odd,
      name: odd,
      input: anything,
    }),
    fc.record({
      type: fc.constantFrom('tool_result', 'tool-result'),
      tool_use_id: odd,
      content: anything,
      is_error: fc.boolean(),
    }),
    fc.record({
      type: fc.constantFrom('image_url', 'thinking', 'reasoning', 'refusal', 'compaction'),
      content: anything,
    }),
    fc.constantFrom(thinking('Hm'), compaction('Short'), search('s1'), found('s1'), {
      type: 'image_url',
      image_url: 'x',
    }),
  )
  const message = fc.oneof(
    { weight: 1, arbitrary: anything },
    {
      weight: 8,
      arbitrary: fc.record({
        role: fc.constantFrom('user', 'assistant', 'user', 'assistant', 'system', 'tool', 'model', 'function'),
        content: fc.oneof(odd, fc.array(part, { maxLength: 4 }), anything),
        tool_call_id: odd,
        tool_calls: fc.oneof(
          fc.constant(undefined),
          fc.array(fc.record({ id: odd, function: fc.record({ name: odd, arguments: anything }) }), { maxLength: 2 }),
        ),
      }),
    },
  )
  return fc.array(message, { maxLength: 7 })
}
