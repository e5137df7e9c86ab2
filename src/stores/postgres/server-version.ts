// Which servers are new enough.
import { TurnstateError } from '../../errors.ts'

/** The oldest Postgres that is known to work, as the server writes it. */
const oldestServer = 140_000

/** The version of a server. */
export interface ServerVersion {
  /** As the server writes it for programs: 140011. */
  readonly version: number
  /** For people: 14.11. */
  readonly text: string
}

/** A statement whose row is a `ServerVersion`. */
export const serverVersionSql = `select current_setting('server_version_num')::int as version, current_setting('server_version') as text`

/** @throws TurnstateError `store-version-unsupported` for a server that is too old */
export function checkServerVersion(found: ServerVersion | undefined, name: string): void {
  const { version, text } = found ?? { version: 0, text: 'of an unknown version' }
  if (version < oldestServer)
    throw new TurnstateError(
      'store-version-unsupported',
      `The database ${name} is a Postgres ${text}; turnstate needs ${oldestServer / 10_000} or later.`,
    )
}
