import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { storeCases } from '../../src/testing/index.ts'
import { runs, someOf } from '../runs.ts'
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
