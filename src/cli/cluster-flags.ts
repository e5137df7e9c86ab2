// Which cluster, as people give it. Its own file: help and errors load neither the engine nor `pg`.
import { InvalidArgumentError } from 'commander'

/** What people can give. */
export const clusterAddress = 'postgres://HOST/DATABASE'

/** The address of the Postgres of a cluster. Never quotes it: it may hold a password. */
export function parseCluster(value: string): string {
  if (value.startsWith('sqlite:'))
    throw new InvalidArgumentError(
      `A SQLite database belongs to one machine. Give ${clusterAddress}, or --store for one process alone`,
    )
  if (/^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value)) return value
  throw new InvalidArgumentError(`Give ${clusterAddress}`)
}

/** The name of a process. */
export function parseProcess(value: string): string {
  if (/^[\w.@+-]{1,200}$/.test(value)) return value
  throw new InvalidArgumentError('Give 1 to 200 letters, digits, and . @ + - _')
}

/** Parts of a query that say how to connect, and hold no secret. */
const plain: ReadonlySet<string> = new Set(['host', 'port', 'options', 'sslmode', 'sslrootcert'])

/** The address of a cluster, to be typed again, without what may be secret. */
export function shownCluster(address: string): string {
  const url = new URL(address)
  url.password = ''
  for (const name of new Set(url.searchParams.keys())) if (!plain.has(name)) url.searchParams.delete(name)
  return url.search === '' ? url.href : `'${url.href}'`
}
