import assert from 'node:assert/strict'
import { TurnstateError } from '../../errors.ts'
import type { StoredFact } from '../../journal/index.ts'
import type { Append, OpenConversation } from '../../stores/index.ts'
import { abandoned, all, appendOf, type Case, isLost, message, sampleFacts, saved, stored } from './tested-store.ts'

/** What is stored: K3 to K6. */
export const appendCases: readonly Case[] = [
  [
    'appended facts are read back as they were, from any revision',
    async ({ store, other }) => {
      const facts = await stored(store, 'c', 7)
      const second = await other()
      for (const from of [0, 1, 6, 7, 8]) assert.deepEqual(await all(second.facts('c', from)), facts.slice(from))
      const chat = await second.open('c')
      assert.equal(chat.revision, 7)
      assert.deepEqual(await all(chat.facts(3)), facts.slice(3))
    },
  ],
  [
    'facts that were saved are there when the place is opened again',
    async ({ store, reopen }) => {
      if (!reopen) return
      const facts = await stored(store, 'c', 5)
      const again = await reopen()
      assert.deepEqual(await all(again.facts('c')), facts)
      await again.close()
    },
  ],
  [
    'ten thousand facts are read in pages',
    async ({ store }) => {
      const chat = await store.open('long')
      const facts = sampleFacts('long', 0, 10_000)
      for (let at = 0; at < facts.length; at += 2_500)
        await saved(chat.append(appendOf(facts.slice(at, at + 2_500))), at + 2_500)
      const sizes: number[] = []
      let at = 0
      for await (const page of store.facts('long')) {
        sizes.push(page.length)
        assert(page.every(({ seq }, index) => seq === at + index))
        at += page.length
      }
      assert.equal(at, 10_000)
      assert(sizes.length > 1 && sizes.every((size) => size > 0), `The pages have ${sizes.join(', ')} facts`)
    },
  ],
  [
    'an append that is sent again is recognised, however its facts are grouped',
    async ({ store }) => {
      const chat = await store.open('c')
      const facts = sampleFacts('c', 0, 8)
      await saved(chat.append(appendOf(facts.slice(0, 3))), 3)
      await saved(chat.append(appendOf(facts.slice(0, 3))), 3)
      await saved(chat.append(appendOf(facts.slice(1, 5))), 5)
      await saved(chat.append(appendOf(facts.slice(2, 4))), 5)
      await saved(chat.append(appendOf(facts)), 8)
      await saved(chat.append(appendOf(facts.slice(7))), 8)
      assert.deepEqual(await all(store.facts('c')), facts)
    },
  ],
  [
    'the facts of an earlier owner are not taken for those of the writer',
    async ({ store }) => {
      await stored(store, 'c', 3)
      const chat = await store.open('c')
      await isLost(chat.append(appendOf(sampleFacts('c', 2, 5))))
      assert.equal((await store.get('c'))?.revision, 3)
    },
  ],
  [
    'an append at a revision that is not reached is lost, and so is everything after it',
    async ({ store }) => {
      const chat = await store.open('c')
      await saved(chat.append(appendOf(sampleFacts('c', 0, 2))), 2)
      await isLost(chat.append(appendOf(sampleFacts('c', 3, 4))))
      await isLost(chat.append(appendOf(sampleFacts('c', 2, 3))))
      await isLost(chat.renew())
      assert.equal((await store.get('c'))?.revision, 2)
      await chat.release()
      assert.equal((await store.open('c')).revision, 2)
    },
  ],
  [
    'a late append of an old owner is lost before the new owner has appended anything',
    async (tried) => {
      const old = await abandoned(tried, 'c', 2)
      const owner = await (await tried.other()).open('c')
      await isLost(old.append(appendOf(sampleFacts('c', 2, 3, 'late'))))
      assert.equal((await tried.store.get('c'))?.revision, 2)
      await saved(owner.append(appendOf(sampleFacts('c', 2, 3))), 3)
    },
  ],
  [
    'two owners that append at once never mix: the old one stores before the takeover or not at all',
    async (tried) => {
      const second = await tried.other()
      for (let round = 0; round < 10; round++) {
        const id = `race${round}`
        const old = await abandoned(tried, id)
        const [earlier, later] = await Promise.all([appendOneByOne(old, 'old', 6), takeOver()])
        const facts = await all(tried.store.facts(id))
        assert.deepEqual(facts, [
          ...sampleFacts(id, 0, earlier, 'old'),
          ...sampleFacts(id, earlier, earlier + later, 'new'),
        ])

        async function takeOver(): Promise<number> {
          const owner = await second.open(id).catch(() => null)
          // Its lease was renewed by an append: then the old owner has stored everything.
          return owner ? appendOneByOne(owner, 'new', 6) : 0
        }
      }
    },
  ],
  [
    'appends that are sent at once are stored in their order',
    async ({ store }) => {
      const chat = await store.open('c')
      const facts = sampleFacts('c', 0, 20)
      const answers = await Promise.all(facts.map(async (fact) => chat.append(appendOf([fact]))))
      assert.deepEqual(
        answers,
        facts.map((_, index) => ({ status: 'saved', revision: index + 1 })),
      )
      assert.deepEqual(await all(store.facts('c')), facts)
    },
  ],
  [
    'many conversations that append at once are all stored',
    async ({ store, other }) => {
      const stores = [store, await other()]
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const chat = await stores[index % 2]?.open(`c${index}`)
          assert(chat)
          for (let at = 0; at < 5; at++) await saved(chat.append(appendOf(sampleFacts(chat.id, at, at + 1))), at + 1)
        }),
      )
      for (let index = 0; index < 40; index++)
        assert.deepEqual(await all(store.facts(`c${index}`)), sampleFacts(`c${index}`, 0, 5))
    },
  ],
  [
    'facts that are not numbered from the expected revision on are not stored',
    async ({ store }) => {
      const chat = await store.open('c')
      const [first, second] = sampleFacts('c', 0, 2)
      assert(first && second)
      for (const append of [
        { appendId: 'none', expected: 0, facts: [] },
        { appendId: 'doubled', expected: 0, facts: [first, first] },
        { appendId: 'shifted', expected: 0, facts: [second] },
      ])
        assert.equal(await codeOf(chat, append), 'internal-error')
      assert.equal((await store.get('c'))?.revision, 0)
      await saved(chat.append(appendOf([first, second])), 2)
    },
  ],
  [
    'every text comes back as it was',
    async ({ store, other }) => {
      const texts = ['\0', '\u{d800}', 'a\u{dfff}b', '\u{2028}\u{feff}', '🦊é漢', `'"\\;--`, '\r\n\t', '\\u0000', '']
      const proto: unknown = JSON.parse('{"__proto__": {"a": [null, -0, 1e300, 0.1]}}')
      const facts: readonly StoredFact[] = [
        ...sampleFacts('c', 0, 1),
        ...texts.map((text, index) => message(index + 1, text, { [text]: text })),
        message(texts.length + 1, 'proto', { proto }),
      ]
      const chat = await store.open('c')
      await saved(chat.append(appendOf(facts)), facts.length)
      const read = await all((await other()).facts('c'))
      assert.equal(JSON.stringify(read), JSON.stringify(facts))
    },
  ],
  [
    'a fact of 50 MB is stored',
    async ({ store, other }) => {
      const chat = await store.open('large', { lease: 600_000 })
      const facts = [...sampleFacts('large', 0, 1), message(1, 'x'.repeat(50_000_000)), message(2, 'after it')]
      await saved(chat.append(appendOf(facts)), 3)
      const read = await all((await other()).facts('large'))
      assert(JSON.stringify(read) === JSON.stringify(facts), 'The facts that are read differ.')
    },
  ],
  [
    'a checkpoint takes the place of the one before; that of a lost writer is ignored',
    async (tried) => {
      const old = await abandoned(tried, 'c', 3)
      assert.equal(await old.checkpoint(), null)
      await old.saveCheckpoint({ revision: 2, version: 1, body: '{"a":1}' })
      await old.saveCheckpoint({ revision: 3, version: 2, body: '{"text":"é\\u0000"}' })
      const owner = await (await tried.other()).open('c')
      await old.saveCheckpoint({ revision: 3, version: 3, body: '"late"' })
      const found = await owner.checkpoint()
      // A store that keeps none is allowed.
      if (found !== null) assert.deepEqual(found, { revision: 3, version: 2, body: '{"text":"é\\u0000"}' })
    },
  ],
]

async function appendOneByOne(chat: OpenConversation, by: string, most: number): Promise<number> {
  for (let count = 0; count < most; count++) {
    const at = chat.revision + count
    const { status } = await chat.append(appendOf(sampleFacts(chat.id, at, at + 1, by)))
    if (status !== 'saved') return count
  }
  return most
}

/** The code of what an append throws, or of its failure. */
async function codeOf(chat: OpenConversation, append: Append): Promise<string> {
  try {
    const result = await chat.append(append)
    return result.status === 'failed' ? result.failure.code : result.status
  } catch (error) {
    return TurnstateError.is(error) ? error.code : String(error)
  }
}
