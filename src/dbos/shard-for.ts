import { createHash } from 'node:crypto'
import { TurnstateError } from '../errors.ts'

/**
 * The shard that a conversation belongs to, where one Postgres is not enough: each shard is a cluster with a database of its own. The same
 * id and the same shards give the same shard, in every process. A shard that is added takes an equal part of the ids from each of the
 * others, and one that is removed leaves its ids to all of them: no other id moves (rendezvous hashing).
 *
 * @param id of the conversation
 * @param shards names of the shards, in any order; a name stays with its database
 * @throws TurnstateError `invalid-option` for no shards, a name that is empty or there twice, or an id that is empty
 */
export function shardFor<Shard extends string>(id: string, shards: readonly Shard[]): Shard {
  if (typeof id !== 'string' || id === '') throw invalid('shardFor() takes the id of a conversation.')
  if (!Array.isArray(shards) || shards.length === 0 || shards.some((name) => typeof name !== 'string' || name === ''))
    throw invalid('shardFor() takes the names of the shards: a list of texts that are not empty.')
  if (new Set(shards).size < shards.length) throw invalid('shardFor(): two shards have the same name.')
  const ranked = shards.map((shard): readonly [Shard, string] => [shard, weight(id, shard)])
  return ranked.reduce((most, each) => (each[1] > most[1] ? each : most))[0]
}

/** Of texts of any kind: the length keeps two pairs apart that would read the same. */
const weight = (id: string, shard: string): string =>
  createHash('sha256').update(`${shard.length} ${shard} ${id}`, 'utf16le').digest('hex')

const invalid = (message: string) => new TurnstateError('invalid-option', message)
