// What stores say when they fail, as far as turnstate knows it. A name can be shown also where foreign text is not: a store of the app's
// own may quote what people said. The inspector has a sentence for each.

/** By name. Sayings of SQLite, PostgreSQL, Node and file systems; the first that fits counts. */
const sayings = {
  'disk-full': /SQLITE_FULL|ENOSPC|EDQUOT|no space left|disk (?:is )?full|quota exceeded/i,
  'read-only': /SQLITE_READONLY|EROFS|EACCES|EPERM|read-?only|permission denied/i,
  locked: /SQLITE_BUSY|SQLITE_LOCKED|EBUSY|database (?:table )?is locked|lock timeout|deadlock/i,
  'disk-broken': /SQLITE_IOERR|SQLITE_CORRUPT|EIO\b|disk I\/O error|malformed/i,
  unreachable:
    /ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EPIPE|connection (?:is )?(?:terminated|closed|refused|lost|timed out)|terminating connection|not (?:currently )?accepting connections|shutting down|starting up/i,
  'too-many-connections': /too many (?:clients|connections)|remaining connection slots|EMFILE|ENFILE/i,
  'file-missing': /SQLITE_CANTOPEN|ENOENT|unable to open database file|does not exist/i,
  'not-open': /is not open|is closed/i,
} as const satisfies Readonly<Record<string, RegExp>>

/** The name of a known trouble of a store: `disk-full`. */
export type StoreTroubleName = keyof typeof sayings

const isName = (name: string): name is StoreTroubleName => Object.hasOwn(sayings, name)

/** The names of all known troubles. */
export const storeTroubleNames: readonly StoreTroubleName[] = Object.keys(sayings).filter(isName)

/** The name of the trouble that a store's words tell of; `null` for words that are not known. */
export const storeTroubleIn = (words: string): StoreTroubleName | null =>
  storeTroubleNames.find((name) => sayings[name].test(words)) ?? null
