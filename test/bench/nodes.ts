import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const majorOf = (version: string) => version.replace(/^v/, '').split('.')[0]

/** A Node of a release line, by its path. */
export interface NodeLine {
  readonly path: string
  readonly version: string
}

/** This Node for its own line. Of the others, npm fetches the newest: they are not installed, where they would take the place of this one. */
export const nodeLines = (): Promise<readonly NodeLine[]> => Promise.all(['20', '22', '24'].map(nodeOf))

async function nodeOf(major: string): Promise<NodeLine> {
  const { execPath, versions } = process
  if (majorOf(versions.node) === major) return { path: execPath, version: versions.node }
  const asked = [
    'exec',
    '--yes',
    `--package=node@${major}`,
    '--',
    'node',
    '-p',
    'JSON.stringify([process.execPath, process.versions.node])',
  ]
  const [path, version] = JSON.parse((await run('npm', asked)).stdout)
  return { path, version }
}
