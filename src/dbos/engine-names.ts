// Names of the engine's, apart from the engine: who only looks at a cluster does not load it.

/** The schema of the engine's tables: not the usual one, which another app may have. */
export const engineSchema = 'turnstate_dbos'

/** The queue of all turns. */
export const queueName = 'turnstate'
