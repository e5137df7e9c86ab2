import assert from 'node:assert/strict'
import type { ConversationSummary, ListOptions, Store } from '../../stores/index.ts'
import { all, appendOf, type Case, isLost, rejects, sampleFacts, saved, stored, wrong } from './tested-store.ts'

/** Lists, titles and erasing: K8. */
export const listCases: readonly Case[] = [
  [
    'get() is null where there is no conversation',
    async ({ store }) => {
      assert.equal(await store.get('none'), null)
      await rejects(all(store.facts('none')), 'conversation-unknown')
      await rejects(store.setTitle('none', 'A title'), 'conversation-unknown')
      assert.equal(await store.delete('none'), false)
    },
  ],
  [
    'a listing shows the summary of the last append that had one',
    async ({ store, other }) => {
      const summary: ConversationSummary = {
        title: 'First wörds \0',
        status: 'completed',
        model: 'some-model',
        usage: {
          inputTokens: 1,
          outputTokens: 2,
          cacheReadTokens: 3,
          cacheWriteTokens: 4,
          toolRequests: { web_search: 5 },
        },
      }
      const chat = await store.open('c', { owner: 'ada' })
      const facts = sampleFacts('c', 0, 2)
      await chat.append({ ...appendOf(facts.slice(0, 1)), summary })
      await saved(chat.append(appendOf(facts.slice(1))), 2)
      const listing = await (await other()).get('c')
      assert(listing)
      const { createdAt, changedAt, ...rest } = listing
      assert(changedAt >= createdAt && createdAt > 0)
      const writer = { isOpen: true, writer: chat.token }
      assert.deepEqual(rest, { ...summary, id: 'c', owner: 'ada', revision: 2, ...writer })
      assert.deepEqual((await store.list()).conversations, [listing])
    },
  ],
  [
    'list() has the conversation first that changed last, in pages, each one once',
    async ({ store, pass }) => {
      const ids = Array.from({ length: 7 }, (_, index) => `c${index}`)
      for (const id of ids) {
        await stored(store, id, 1)
        await pass(2)
      }
      const chat = await store.open('c2')
      await chat.append(appendOf(sampleFacts('c2', 1, 2)))
      await chat.release()
      const expected = ['c2', 'c6', 'c5', 'c4', 'c3', 'c1', 'c0']
      for (const limit of [1, 2, 3, 7, 8]) assert.deepEqual(await idsIn(store, { limit }), expected)
      const [first, ...later] = (await store.list({ limit: 3 })).conversations
      assert(first && later.every(({ changedAt }) => changedAt <= first.changedAt))
    },
  ],
  [
    'list() has the conversations of an owner, and those that did not change after a time',
    async ({ store, pass }) => {
      await stored(store, 'a1', 1, 'ada')
      await pass(2)
      await stored(store, 'b1', 1, 'bob')
      await pass(2)
      await stored(store, 'a2', 1, 'ada')
      await stored(store, 'none', 1)
      assert.deepEqual(await idsIn(store, { owner: 'ada', limit: 1 }), ['a2', 'a1'])
      assert.deepEqual(await idsIn(store, { owner: 'nobody' }), [])
      const { changedAt = 0 } = (await store.get('b1')) ?? {}
      assert.deepEqual(await idsIn(store, { changedBefore: changedAt }), ['b1', 'a1'])
      assert.deepEqual(await idsIn(store, { changedBefore: changedAt - 1, owner: 'bob' }), [])
      assert.deepEqual(await idsIn(store, { changedBefore: Infinity, owner: 'bob' }), ['b1'])
    },
  ],
  [
    'list() rejects options that it cannot take with invalid-option',
    async ({ store }) => {
      const bad: readonly ListOptions[] = [
        { limit: 0 },
        { limit: 1_001 },
        { limit: 1.5 },
        { after: 'x' },
        { after: '' },
        { owner: '' },
        { changedBefore: Number.NaN },
      ]
      for (const options of bad) await rejects(store.list(options), 'invalid-option')
    },
  ],
  [
    'setTitle() sets the title, and null goes back to the first words',
    async ({ store, other }) => {
      const chat = await store.open('c')
      const summary = { title: 'First words', status: 'idle', model: 'm', usage: noUsage }
      await chat.append({ ...appendOf(sampleFacts('c', 0, 1)), summary })
      const { changedAt } = (await store.get('c')) ?? {}
      await store.setTitle('c', 'A tïtle 🦊 \0\u{d800}')
      await chat.append({ ...appendOf(sampleFacts('c', 1, 2)), summary: { ...summary, title: 'Other words' } })
      assert.equal((await (await other()).get('c'))?.title, 'A tïtle 🦊 \0\u{d800}')
      await store.setTitle('c', null)
      assert.equal((await store.get('c'))?.title, 'Other words')
      assert(changedAt)
      for (const title of ['', 'x'.repeat(1_025), wrong('7')])
        await rejects(store.setTitle('c', title), 'invalid-option')
    },
  ],
  [
    'delete() erases a conversation that is open; its writer learns lost, for ever',
    async ({ store, other }) => {
      const chat = await store.open('c')
      await saved(chat.append(appendOf(sampleFacts('c', 0, 3))), 3)
      assert.equal(await (await other()).delete('c'), true)
      await isLost(chat.append(appendOf(sampleFacts('c', 3, 4))))
      assert.equal(await store.get('c'), null)
      await rejects(all(store.facts('c')), 'conversation-unknown')
      const again = await store.open('c')
      assert.equal(again.revision, 0)
      await isLost(chat.append(appendOf(sampleFacts('c', 0, 3))))
      await isLost(chat.renew())
      await chat.release()
      await saved(again.append(appendOf(sampleFacts('c', 0, 1, 'new'))), 1)
      assert.equal(await store.delete('c'), true)
      assert.equal(await store.delete('c'), false)
    },
  ],
  [
    'deleteOwner() erases the conversations of an owner, those that are open, too',
    async ({ store }) => {
      await stored(store, 'a1', 2, 'ada')
      await stored(store, 'b1', 2, 'bob')
      const open = await store.open('a2', { owner: 'ada' })
      await stored(store, 'none', 2)
      assert.equal(await store.deleteOwner('ada'), 2)
      assert.equal(await store.deleteOwner('ada'), 0)
      await isLost(open.append(appendOf(sampleFacts('a2', 0, 1))))
      assert.deepEqual((await idsIn(store, {})).toSorted(), ['b1', 'none'])
      await rejects(store.deleteOwner(''), 'invalid-option')
    },
  ],
  [
    'deleteOlderThan() erases what did not change for so long and is not open',
    async ({ store, pass }) => {
      await stored(store, 'old', 2)
      const open = await store.open('open', { lease: 600_000 })
      await pass(1_000)
      await stored(store, 'new', 2)
      assert.equal(await store.deleteOlderThan(600_000), 0)
      assert.equal(await store.deleteOlderThan(900), 1)
      assert.deepEqual((await idsIn(store, {})).toSorted(), ['new', 'open'])
      await saved(open.append(appendOf(sampleFacts('open', 0, 1))), 1)
      for (const age of [-1, Number.NaN, wrong('"1"')]) await rejects(store.deleteOlderThan(age), 'invalid-option')
    },
  ],
]

const noUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

/** The ids of all pages. */
async function idsIn(store: Store, options: ListOptions): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | null = null; ;) {
    const { conversations, next } = await store.list(after === null ? options : { ...options, after })
    ids.push(...conversations.map(({ id }) => id))
    if (next === null) return ids
    assert(conversations.length === (options.limit ?? 50), 'A page before the last one is full.')
    after = next
  }
}
