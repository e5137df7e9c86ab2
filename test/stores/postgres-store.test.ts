import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { storeCases } from '../../src/testing/index.ts'
import { runs, someOf } from '../runs.ts'
import { message } from './facts.ts'
import { playProgram, storeProgram } from './programs.ts'
import { postgresPlace, testedPostgres } from './postgres.ts'

describe('postgresStore() in the cases for every store', () => {
  for (const { name, run } of storeCases(testedPostgres)) it(name, run)
})

describe('postgresStore() with encryption in the cases for every store', () => {
  const encryption = { keys: [{ id: 'k1', key: randomBytes(32) }] }
  for (const { name, run } of someOf(storeCases(() => testedPostgres({ encryption })))) it(name, run)
})

describe('a random program of writers on one conversation', () => {
  it('ends in Postgres as in the model, with a store for each writer', async () => {
    const place = await postgresPlace()
    const stores = [place.open(), place.open(), place.open()]
    try {
      await fc.assert(
        fc.asyncProperty(storeProgram, async (program) => {
          await stores[0]?.delete('c')
          await playProgram(stores, program, place.pass)
        }),
        { numRuns: runs(20) },
      )
    } finally {
      await place.close()
    }
  })
})

describe('check() in Postgres', () => {
  it('finds conversations that lack facts', async () => {
    const place = await postgresPlace()
    try {
      const store = place.open()
      const chat = await store.open('c')
      await chat.append({ appendId: 'a', expected: 0, facts: [0, 1, 2].map((seq) => message(seq, 'text')) })
      expect(await store.check()).toEqual([])
      await place.query('delete from turnstate_facts where seq = 1')
      expect(await store.check()).toEqual(['Conversation "c" should have 3 facts; 2 are stored.'])
    } finally {
      await place.close()
    }
  })
})
