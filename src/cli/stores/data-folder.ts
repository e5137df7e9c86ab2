import { isAbsolute, join } from 'node:path'
import type { Host } from '../host.ts'

/**
 * The folder in which the user's chats are kept: `$XDG_DATA_HOME/turnstate`, else the usual place of the system. `null` if the environment
 * names no folder of the user.
 */
function dataFolder({ env }: Pick<Host, 'env'>, platform: NodeJS.Platform = process.platform): string | null {
  const { XDG_DATA_HOME: data, HOME: home, LOCALAPPDATA: local } = env
  // The specification says to ignore relative paths.
  if (data && isAbsolute(data)) return join(data, 'turnstate')
  if (platform === 'win32') return local ? join(local, 'turnstate') : null
  if (!home) return null
  return platform === 'darwin'
    ? join(home, 'Library', 'Application Support', 'turnstate')
    : join(home, '.local', 'share', 'turnstate')
}

/** The database of the user's chats; `null` as `dataFolder()`. */
export function defaultDatabase(host: Pick<Host, 'env'>): string | null {
  const folder = dataFolder(host)
  return folder === null ? null : join(folder, 'chat.db')
}

/** A path as people write it: `~` for their home. */
export function shownPath(path: string, { env }: Pick<Host, 'env'>): string {
  const home = env['HOME']
  return home && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}
