import assert from 'node:assert/strict'
import type { TurnstateErrorCode } from '../../errors.ts'
import type { Store } from '../../stores/index.ts'
import { all, appendOf, type Case, nextOf, rejects, sampleFacts, saved, stored, wrong } from './tested-store.ts'

/** Export and import, following, closing, and odd ids. */
export const movingCases: readonly Case[] = [
  [
    'an exported conversation can be imported under another id, and goes on there',
    async ({ store, other }) => {
      const summary = { title: 'Words', status: 'completed', model: 'm', usage: noUsage }
      const chat = await store.open('c', { owner: 'ada' })
      const facts = sampleFacts('c', 0, 6)
      await chat.append({ ...appendOf(facts), summary })
      await store.setTitle('c', 'Set')
      const lines = await linesOf(store, 'c')
      const second = await other()
      assert.equal(await second.import(lines, { id: 'copy', owner: 'bob' }), 'copy')
      assert.equal(
        await second.import(
          lines.flatMap((line) => [`${line}\n`, '\n']),
          { id: 'copy2' },
        ),
        'copy2',
      )
      const [original, copy, copy2] = await Promise.all(['c', 'copy', 'copy2'].map((id) => store.get(id)))
      assert.deepEqual(copy, { ...original, id: 'copy', owner: 'bob', isOpen: false, writer: null })
      assert.deepEqual(copy2, { ...original, id: 'copy2', isOpen: false, writer: null })
      const open = await store.open('copy')
      assert.deepEqual(await all(open.facts()), facts)
      await saved(open.append(appendOf(sampleFacts('c', 6, 7))), 7)
    },
  ],
  [
    'an import into an id that is taken rejects with conversation-exists',
    async ({ store }) => {
      await stored(store, 'c', 3)
      const lines = await linesOf(store, 'c')
      await rejects(store.import(lines), 'conversation-exists')
      assert.equal((await store.get('c'))?.revision, 3)
      await store.delete('c')
      assert.equal(await store.import(lines), 'c')
      assert.deepEqual(await linesOf(store, 'c'), lines)
    },
  ],
  [
    'an import of lines that are cut, doubled or no export stores nothing',
    async ({ store }) => {
      await stored(store, 'c', 4)
      const lines = await linesOf(store, 'c')
      await store.delete('c')
      const [header = '', first = '', second = '', ...rest] = lines
      const cut = lines.map((_, count) => lines.slice(0, count))
      const bad: readonly (readonly string[])[] = [
        ...cut,
        [...lines, ...lines],
        [header, ...lines],
        [header, first, first, second, ...rest],
        [header, first, ...rest],
        [header, second, first, ...rest],
        [...lines, first],
        [header.replace('"createdAt":', '"created":'), ...lines.slice(1)],
        [header.slice(0, -1), ...lines.slice(1)],
        ['[]'],
        ['no JSON'],
        ['['.repeat(100_000)],
      ]
      for (const each of bad) await rejects(store.import(each), 'import-invalid')
      const other: readonly (readonly [TurnstateErrorCode, readonly string[]])[] = [
        ['journal-version-unsupported', [header.replace('"version":1', '"version":2'), ...lines.slice(1)]],
        ['journal-version-unsupported', [header, first, second.replace('input.queued', 'input.dreamt'), ...rest]],
        ['journal-damaged', [header, first, second.replace('"input":', '"inputs":'), ...rest]],
      ]
      for (const [code, each] of other) await rejects(store.import(each), code)
      await rejects(store.import(lines, { id: '' }), 'invalid-option')
      await rejects(linesOf(store, 'c'), 'conversation-unknown')
      assert.deepEqual((await store.list()).conversations, [])
    },
  ],
  [
    'follow() gives what is there and then what is appended, until its signal aborts',
    async ({ store, other }) => {
      const facts = await stored(store, 'c', 3)
      const ending = new AbortController()
      const following = (await other()).follow('c', 1, { signal: ending.signal })[Symbol.asyncIterator]()
      assert.deepEqual(await nextOf(following), { facts: facts.slice(1), revision: 3 })
      const chat = await store.open('c')
      for (let at = 3; at < 6; at++) {
        const next = nextOf(following)
        await saved(chat.append(appendOf(sampleFacts('c', at, at + 1))), at + 1)
        assert.deepEqual(await next, { facts: sampleFacts('c', at, at + 1), revision: at + 1 })
      }
      const waiting = following.next()
      ending.abort()
      assert.deepEqual(await waiting, { done: true, value: undefined })
    },
  ],
  [
    'follow() ends when its reader returns while it waits, when the conversation is deleted, and when the store is closed',
    async ({ store, other }) => {
      await stored(store, 'c', 2)
      const second = await other()
      const [returning, deleted] = [second, second].map((each) => each.follow('c', 1)[Symbol.asyncIterator]())
      assert(returning && deleted)
      for (const following of [returning, deleted]) assert.equal((await nextOf(following)).revision, 2)
      const returned = returning.next()
      await returning.return?.()
      assert.equal((await returned).done, true)
      const waiting = deleted.next()
      await store.delete('c')
      assert.equal((await waiting).done, true)
      await stored(store, 'c', 2)
      const closed = store.follow('c', 1)[Symbol.asyncIterator]()
      assert.equal((await nextOf(closed)).revision, 2)
      const last = closed.next()
      await store.close()
      assert.equal((await last).done, true)
    },
  ],
  [
    'follow() rejects an id that is not there and a revision that is none',
    async ({ store }) => {
      await rejects(store.follow('none', 0)[Symbol.asyncIterator]().next(), 'conversation-unknown')
      await stored(store, 'c', 1)
      for (const revision of [-1, 0.5, Number.NaN])
        await rejects(store.follow('c', revision)[Symbol.asyncIterator]().next(), 'invalid-option')
    },
  ],
  [
    'two conversations never share an id, however odd it is',
    async ({ store, other }) => {
      for (const id of oddIds) await stored(store, id, 2, id)
      const second = await other()
      for (const id of oddIds) {
        assert.deepEqual(await all(second.facts(id)), sampleFacts(id, 0, 2))
        const { conversations } = await second.list({ owner: id })
        assert.deepEqual(
          conversations.map((each) => [each.id, each.owner]),
          [[id, id]],
        )
      }
      for (const id of oddIds) assert.equal(await second.delete(id), true)
      assert.deepEqual((await store.list()).conversations, [])
    },
  ],
  [
    'an id or an owner that is empty, too long or no text is rejected with invalid-option',
    async ({ store }) => {
      for (const id of ['', 'x'.repeat(1_025), 'x'.repeat(10_000), ...wrong('[7, null, {}]')]) {
        await rejects(store.open(id), 'invalid-option')
        await rejects(store.get(id), 'invalid-option')
        await rejects(all(store.facts(id)), 'invalid-option')
        await rejects(store.delete(id), 'invalid-option')
        if (id !== null) await rejects(store.open('c', { owner: id }), 'invalid-option')
      }
      assert.equal(await store.get('c'), null)
    },
  ],
  [
    'close() can be called twice; after it every method rejects with store-closed',
    async ({ store }) => {
      await stored(store, 'c', 1)
      await Promise.all([store.close(), store.close()])
      await store.close()
      const calls: readonly (() => Promise<unknown>)[] = [
        () => store.open('c'),
        () => store.get('c'),
        () => all(store.facts('c')),
        () => store.list(),
        () => store.setTitle('c', null),
        () => store.delete('c'),
        () => store.deleteOwner('a'),
        () => store.deleteOlderThan(0),
        () => linesOf(store, 'c'),
        () => store.import([]),
        () => store.follow('c', 0)[Symbol.asyncIterator]().next(),
      ]
      for (const call of calls) await rejects(call(), 'store-closed')
    },
  ],
]

const noUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

const oddIds = [
  'a',
  'A',
  ' a',
  'a ',
  '\ta',
  'a\n',
  'é',
  'e\u0301',
  'ａ',
  '%',
  '_',
  'a%',
  `'; DROP TABLE facts; --`,
  '"',
  '\\',
  '\0',
  'a\0',
  'a\0b',
  '\\u0000',
  '\\0',
  '\u{d800}',
  '\u{d801}',
  '\u{dfff}',
  '\u{fffd}',
  '\u{fffe}',
  '\u{feff}',
  '\u{202e}a',
  '\u{200b}a',
  '🦊',
  '__proto__',
  'constructor',
  'null',
  '0',
  '00',
  '1e3',
  '../a',
  'a/b',
  ':memory:',
  'x'.repeat(1_024),
  '漢'.repeat(1_024),
  '🦊'.repeat(512),
  '\0'.repeat(1_024),
  '\\'.repeat(1_024),
]

async function linesOf(store: Store, id: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of store.export(id)) lines.push(line)
  return lines
}
