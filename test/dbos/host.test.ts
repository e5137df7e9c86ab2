import { afterAll } from 'vitest'
import { dbosHost } from '../../src/dbos/index.ts'
import { postgresStore } from '../../src/stores/postgres/index.ts'
import { hostCases } from '../server/hosts/host-cases.ts'
import { clusterPlace } from './database.ts'

const place = await clusterPlace()

hostCases('A process of a cluster', {
  host: () => dbosHost({ databaseUrl: place.url }),
  store: () => postgresStore(place.url),
})

afterAll(() => place.close())
