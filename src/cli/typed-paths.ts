import { homedir } from 'node:os'
import { resolve } from 'node:path'

/**
 * The file that a person typed, or dragged into the terminal: terminals put such paths into quotes, or a backslash before spaces. `~` is
 * the user's own folder.
 */
export function pathFrom(directory: string, typed: string): string {
  const path = unquoted(typed)
  return /^~(?=\/|$)/.test(path) ? resolve(homedir(), `.${path.slice(1)}`) : resolve(directory, path)
}

function unquoted(typed: string): string {
  const [, , inQuotes] = /^(['"])(.*)\1$/s.exec(typed) ?? []
  // On Windows the backslash separates folders.
  return inQuotes ?? (process.platform === 'win32' ? typed : typed.replaceAll(/\\(.)/gs, '$1'))
}
