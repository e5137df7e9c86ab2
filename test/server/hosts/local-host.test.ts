import { afterAll } from 'vitest'
import { localHost } from '../../../src/server/local-host.ts'
import { memoryStore } from '../../../src/index.ts'
import { postgresPlace } from '../../stores/postgres.ts'
import { hostCases } from './host-cases.ts'

const place = await postgresPlace()

hostCases('The host of one process', { host: localHost, store: memoryStore })
hostCases('The host of one process, with a store that answers later,', { host: localHost, store: place.open })

afterAll(() => place.close())
