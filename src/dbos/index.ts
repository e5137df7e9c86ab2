// The door `turnstate/dbos`: named exports, no logic.
export { dbosHost } from './dbos-host.ts'
export type { DbosHostOptions } from './options.ts'
export { shardFor } from './shard-for.ts'
