import assert from 'node:assert/strict'
import { TurnstateError } from '../../errors.ts'
import {
  abandoned,
  all,
  appendOf,
  type Case,
  isLost,
  rejects,
  sampleFacts,
  saved,
  shortLease,
  wrong,
} from './tested-store.ts'

const hour = 3_600_000

/** Who may write: K1, K2 and K7. */
export const leaseCases: readonly Case[] = [
  [
    'open() creates a conversation without facts',
    async ({ store }) => {
      const chat = await store.open('new', { owner: 'ada' })
      assert.deepEqual([chat.id, chat.revision, chat.lease], ['new', 0, 15_000])
      assert.deepEqual(await all(chat.facts()), [])
      const listing = await store.get('new')
      assert(listing)
      const { createdAt, changedAt, usage, ...rest } = listing
      assert.equal(createdAt, changedAt)
      assert.equal(usage.inputTokens, 0)
      const named = { id: 'new', owner: 'ada', title: null }
      const writer = { isOpen: true, writer: chat.token }
      assert.deepEqual(rest, { ...named, status: 'idle', model: '', revision: 0, ...writer })
    },
  ],
  [
    'open() of a conversation that is open rejects with conversation-busy and the age of its lease',
    async ({ store, other }) => {
      await store.open('held')
      for (const each of [store, await other()]) {
        const { details } = await rejects(each.open('held'), 'conversation-busy')
        const { heldFor = -1 } = details
        assert(heldFor >= 0 && heldFor < 15_000, `heldFor is ${heldFor}`)
      }
    },
  ],
  [
    'a lease that expired can be taken over; the first owner then learns lost',
    async (tried) => {
      const old = await abandoned(tried, 'c', 2)
      const owner = await (await tried.other()).open('c')
      assert.equal(owner.revision, 2)
      await isLost(old.append(appendOf(sampleFacts('c', 2, 3, 'late'))))
      await isLost(old.renew())
      await isLost(old.append(appendOf(sampleFacts('c', 0, 2))))
      await saved(owner.append(appendOf(sampleFacts('c', 2, 4))), 4)
      assert.deepEqual(await all(tried.store.facts('c')), sampleFacts('c', 0, 4))
    },
  ],
  [
    'a writer whose lease expired goes on while nobody takes over',
    async (tried) => {
      const chat = await abandoned(tried, 'c', 2)
      await saved(chat.append(appendOf(sampleFacts('c', 2, 3))), 3)
      assert.deepEqual(await chat.renew(), { status: 'held' })
    },
  ],
  [
    'renew() and append() extend the lease',
    async ({ store, other, pass }) => {
      const lease = 1_500
      const [renewing, appending] = [await store.open('renewing', { lease }), await store.open('appending', { lease })]
      const second = await other()
      for (let round = 0; round < 3; round++) {
        await pass(lease * 0.6)
        assert.deepEqual(await renewing.renew(), { status: 'held' })
        await saved(appending.append(appendOf(sampleFacts('appending', round, round + 1))), round + 1)
      }
      for (const id of ['renewing', 'appending']) await rejects(second.open(id), 'conversation-busy')
    },
  ],
  [
    'release() lets another open at once; what the released one appends is lost',
    async ({ store, other }) => {
      const old = await store.open('c')
      await old.release()
      assert.equal((await store.get('c'))?.isOpen, false)
      await isLost(old.append(appendOf(sampleFacts('c', 0, 1))))
      const owner = await (await other()).open('c')
      await old.release()
      await rejects(store.open('c'), 'conversation-busy')
      await saved(owner.append(appendOf(sampleFacts('c', 0, 1))), 1)
      await owner.release()
      await owner.release()
    },
  ],
  [
    'each open() gets a higher token, in another store and after a delete, too',
    async ({ store, other }) => {
      const second = await other()
      const tokens: number[] = []
      for (const each of [store, second, store, second]) {
        const chat = await each.open('c')
        tokens.push(chat.token)
        if (tokens.length % 2 === 0) await each.delete('c')
        else await chat.release()
      }
      assert.deepEqual(
        tokens,
        tokens.toSorted((one, next) => one - next),
      )
      assert.equal(new Set(tokens).size, tokens.length)
    },
  ],
  [
    'of many that open a conversation at once, one gets it',
    async ({ store, other }) => {
      const stores = [store, await other()]
      const results = await Promise.allSettled(
        Array.from({ length: 16 }, async (_, index) => stores[index % 2]?.open('wanted')),
      )
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      assert.equal(refused.length, 15)
      assert(refused.every((error) => TurnstateError.is(error) && error.code === 'conversation-busy'))
    },
  ],
  [
    'open() with takeOver does not wait for the lease of the writer that it names; that one then learns lost, for good',
    async ({ store, other }) => {
      const second = await other()
      const old = await store.open('c', { lease: hour, owner: 'ada' })
      await saved(old.append(appendOf(sampleFacts('c', 0, 2))), 2)
      await rejects(second.open('c'), 'conversation-busy')
      assert.equal((await store.get('c'))?.writer, old.token)
      const owner = await second.open('c', { takeOver: old.token, owner: 'grace' })
      assert(owner.token > old.token)
      assert.deepEqual([owner.revision, await all(owner.facts())], [2, sampleFacts('c', 0, 2)])
      assert.equal((await store.get('c'))?.owner, 'ada')
      await old.saveCheckpoint({ revision: 2, version: 1, body: '{"by":"old"}' })
      await isLost(old.append(appendOf(sampleFacts('c', 2, 3, 'late'))))
      await isLost(old.renew())
      await old.release()
      assert.equal(await owner.checkpoint(), null)
      await rejects(store.open('c'), 'conversation-busy')
      await saved(owner.append(appendOf(sampleFacts('c', 2, 4))), 4)
      await isLost(old.append(appendOf(sampleFacts('c', 4, 5, 'late'))))
      assert.deepEqual(await all(store.facts('c')), sampleFacts('c', 0, 4))
    },
  ],
  [
    'a writer that another took over learns lost with its next renewal',
    async ({ store, other }) => {
      const old = await store.open('c', { lease: hour })
      await (await other()).open('c', { takeOver: old.token })
      await isLost(old.renew())
      await isLost(old.append(appendOf(sampleFacts('c', 0, 1))))
    },
  ],
  [
    'open() with takeOver creates a conversation, and opens one that nobody holds, as it does without',
    async ({ store, other }) => {
      const chat = await store.open('c', { takeOver: 1, owner: 'ada' })
      await saved(chat.append(appendOf(sampleFacts('c', 0, 1))), 1)
      await rejects((await other()).open('c'), 'conversation-busy')
      await chat.release()
      assert.equal((await store.get('c'))?.writer, null)
      const next = await store.open('c', { takeOver: chat.token })
      await saved(next.append(appendOf(sampleFacts('c', 1, 2))), 2)
      assert.equal((await store.get('c'))?.owner, 'ada')
    },
  ],
  [
    'of many that take a conversation over from the same writer at once, one gets it',
    async ({ store, other }) => {
      const stores = [store, await other()]
      const old = await store.open('wanted', { lease: hour })
      const opening = Array.from({ length: 8 }, (_, index) =>
        (stores[index % 2] ?? store).open('wanted', { takeOver: old.token }),
      )
      const [opened] = await Promise.all([
        Promise.allSettled(opening),
        old.append(appendOf(sampleFacts('wanted', 0, 1))),
      ])
      const [owner, ...others] = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      assert(owner)
      assert.equal(others.length, 0)
      const refused = opened.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
      assert(refused.every((error) => TurnstateError.is(error) && error.code === 'conversation-busy'))
      const { revision } = owner
      const facts = sampleFacts('wanted', revision, revision + 1)
      await saved(owner.append(appendOf(facts)), revision + 1)
      assert.deepEqual((await all(store.facts('wanted'))).slice(revision), facts)
    },
  ],
  [
    'open() with takeOver waits for the lease of a writer that has opened the conversation since',
    async ({ store, other }) => {
      const second = await other()
      const old = await store.open('c', { lease: hour })
      const owner = await second.open('c', { lease: hour, takeOver: old.token })
      await rejects(store.open('c', { takeOver: old.token }), 'conversation-busy')
      assert.deepEqual(await owner.renew(), { status: 'held' })
    },
  ],
  [
    'the clocks of two owners may differ by an hour',
    async (tried) => {
      const { store, other } = tried
      for (const ahead of [hour, -hour]) {
        const [living, dead] = [`living${ahead}`, `dead${ahead}`]
        const second = await other(ahead)
        const chat = await store.open(living)
        await rejects(second.open(living), 'conversation-busy')
        await chat.release()
        const own = await second.open(living)
        await rejects(store.open(living), 'conversation-busy')
        await own.release()
        await abandoned(tried, dead)
        await (await second.open(dead)).release()
        await abandoned({ ...tried, store: second }, dead)
        await store.open(dead)
      }
    },
  ],
  [
    'close() of a store releases the conversations that are open in it',
    async ({ store, other }) => {
      const second = await other()
      if (second === store) return
      const chat = await second.open('c')
      await second.close()
      await isLost(chat.append(appendOf(sampleFacts('c', 0, 1))))
      await store.open('c')
    },
  ],
  [
    'open() rejects a lease that is no number of milliseconds with invalid-option',
    async ({ store }) => {
      for (const lease of [0, -1, 1.5, Number.NaN, Infinity, wrong('"10"')])
        await rejects(store.open('c', { lease }), 'invalid-option')
      assert.equal(await store.get('c'), null)
      await store.open('c', { lease: shortLease })
    },
  ],
  [
    'open() rejects a takeOver that is no fencing token with invalid-option',
    async ({ store, other }) => {
      const chat = await store.open('c')
      for (const takeOver of [-1, 1.5, Number.NaN, wrong('true'), wrong('"1"')])
        await rejects((await other()).open('c', { takeOver }), 'invalid-option')
      assert.deepEqual(await chat.renew(), { status: 'held' })
    },
  ],
]
