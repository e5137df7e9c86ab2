import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inOneRow } from '../terminal-text.ts'
import { commandNames } from './commands/index.ts'
import { pathFrom } from './typed-paths.ts'

/** Completes the names of commands, and those of files after `/file`. */
export function complete(line: string, directory: string): [completions: string[], replaced: string] {
  if (/^\/file\s/.test(line)) return completePath(line.slice('/file'.length).trimStart(), directory)
  return [commandNames.filter((name) => name.startsWith(line)), line]
}

function completePath(path: string, directory: string): [completions: string[], replaced: string] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const begun = path.slice(folder.length)
  const place = pathFrom(directory, folder)
  const names = namesIn(place)
    // Names that can't be shown as they are can't be typed either.
    .filter((name) => name.startsWith(begun) && inOneRow(name) === name)
    .filter((name) => begun.startsWith('.') || !name.startsWith('.'))
    .toSorted()
    .map((name) => `${folder}${name}${isFolder(join(place, name)) ? '/' : ''}`)
  return [names, path]
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
