// What stores say when they fail, as far as turnstate knows it: what happened, and what to do, in turnstate's own words. So it can be
// shown also where foreign text is not: a store of the app's own may quote what people said.

interface StoreTrouble {
  readonly says: RegExp
  /** What happened: a sentence without a full stop. */
  readonly is: string
  /** What to do: a sentence without a full stop. */
  readonly help: string
}

/** By name. Sayings of SQLite, PostgreSQL, Node and file systems; the first that fits counts. */
const troubles = {
  'disk-full': {
    says: /SQLITE_FULL|ENOSPC|EDQUOT|no space left|disk (?:is )?full|quota exceeded/i,
    is: 'The disk is full',
    help: 'Free some space',
  },
  'read-only': {
    says: /SQLITE_READONLY|EROFS|EACCES|EPERM|read-?only|permission denied/i,
    is: 'The store may not be written',
    help: 'Allow this process to write the file, its folder or the tables',
  },
  locked: {
    says: /SQLITE_BUSY|SQLITE_LOCKED|EBUSY|database (?:table )?is locked|lock timeout|deadlock/i,
    is: 'The database is locked by somebody else',
    help: 'Look for another process that writes the same database for long',
  },
  'disk-broken': {
    says: /SQLITE_IOERR|SQLITE_CORRUPT|EIO\b|disk I\/O error|malformed/i,
    is: 'The disk or the database is damaged',
    help: 'Check the disk, and `turnstate check`',
  },
  unreachable: {
    says: /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|connection (?:is )?(?:terminated|closed|refused|lost|timed out)|terminating connection|not (?:currently )?accepting connections|shutting down|starting up/i,
    is: 'The database can’t be reached',
    help: 'Look whether it runs, and whether the network to it works',
  },
  'too-many-connections': {
    says: /too many (?:clients|connections)|remaining connection slots|EMFILE|ENFILE/i,
    is: 'The database has too many connections',
    help: 'Use a smaller pool, or allow more connections',
  },
  'file-missing': {
    says: /SQLITE_CANTOPEN|ENOENT|unable to open database file|does not exist/i,
    is: 'The database or its tables are gone',
    help: 'Look whether somebody moved or deleted them',
  },
  'not-open': { says: /is not open|is closed/i, is: 'The store is closed', help: 'Open it again' },
} as const satisfies Readonly<Record<string, StoreTrouble>>

/** The name of a known trouble of a store: `disk-full`. */
type StoreTroubleName = keyof typeof troubles

const isName = (name: string): name is StoreTroubleName => Object.hasOwn(troubles, name)

/** The names of all known troubles. */
export const storeTroubleNames: readonly StoreTroubleName[] = Object.keys(troubles).filter(isName)

/** The name of the trouble that a store's words tell of; `null` for words that are not known. */
export const storeTroubleIn = (words: string): StoreTroubleName | null =>
  storeTroubleNames.find((name) => troubles[name].says.test(words)) ?? null

/** What a trouble is and what to do about it; `null` for a name of another release. */
export const storeTrouble = (name: string): Pick<StoreTrouble, 'is' | 'help'> | null =>
  isName(name) ? troubles[name] : null
