// What happened to a store that failed, and what to do, in turnstate's own words.
import type { StoreTroubleName } from '../../observe/store-troubles.ts'

export interface StoreTrouble {
  /** What happened: a sentence without a full stop. */
  readonly is: string
  /** What to do: a sentence without a full stop. */
  readonly help: string
}

const troubles: Readonly<Record<StoreTroubleName, StoreTrouble>> = {
  'disk-full': { is: 'The disk is full', help: 'Free some space' },
  'read-only': {
    is: 'The store may not be written',
    help: 'Allow this process to write the file, its folder or the tables',
  },
  locked: {
    is: 'The database is locked by somebody else',
    help: 'Look for another process that writes the same database for long',
  },
  'disk-broken': { is: 'The disk or the database is damaged', help: 'Check the disk, and `turnstate check`' },
  unreachable: {
    is: 'The database can’t be reached',
    help: 'Look whether it runs, and whether the network to it works',
  },
  'too-many-connections': {
    is: 'The database has too many connections',
    help: 'Use a smaller pool, or allow more connections',
  },
  'file-missing': {
    is: 'The database or its tables are gone',
    help: 'Look whether somebody moved or deleted them',
  },
  'not-open': { is: 'The store is closed', help: 'Open it again' },
}

const isName = (name: string): name is StoreTroubleName => Object.hasOwn(troubles, name)

/** What a trouble is and what to do about it; `null` for a name of another release. */
export const storeTrouble = (name: string): StoreTrouble | null => (isName(name) ? troubles[name] : null)
