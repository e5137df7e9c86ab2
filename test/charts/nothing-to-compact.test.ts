import { expect, it } from 'vitest'
import { canCompact } from '../../machines/index.ts'
import { fold } from '../../src/journal/index.ts'
import { created, opened, refused, replied, settled, text } from '../journal/fixtures.ts'

it('a history whose words were all refused later can not be compacted, although the app has gone back to it', () => {
  const view = fold([
    created,
    opened('a', null, { input: 'the same words' }),
    replied('a', [text('half')], { stopReason: null }),
    settled('a', 'stopped', { kept: true }),
    opened('b', 'a', { input: 'the same words' }),
    refused('b', { sameWords: ['a'] }),
    { type: 'head.moved', from: 'a', to: null, cause: 'refusal', withdrawn: ['a'], policy: 'clear', turnId: 'b' },
    { type: 'head.moved', from: null, to: 'a', cause: 'switch', withdrawn: [], force: true },
  ])
  expect(view.head).toBe('a')
  expect(canCompact(view)).toBe(false)
})
