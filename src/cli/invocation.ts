// How people started the command, so that hints name what they can type.
import { basename, sep } from 'node:path'

export interface Started {
  /** The path of the program: `process.argv[1]`. */
  readonly script: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The npm scripts of a checkout that run a command. */
const scripts: ReadonlySet<string> = new Set(['chat', 'inspect', 'simulate'])

/**
 * How to type a command, without its arguments: `npm run chat --` in a checkout, `npx turnstate chat` by npx or in a project that
 * has the package, otherwise `turnstate chat`.
 *
 * @param command The name of a command. Default: none, for the program itself.
 */
export function typedAs({ script, env }: Started, command?: string): string {
  const after = command === undefined ? '' : ` ${command}`
  if (script.endsWith(`${sep}src${sep}cli${sep}main.ts`))
    return command !== undefined && scripts.has(command) ? `npm run ${command} --` : `npm run turnstate --${after}`
  return `${isByNpx(script, env) ? 'npx turnstate' : 'turnstate'}${after}`
}

/** npx sets the variable. A project's own scripts find the command in its `node_modules`, where a shell does not look. */
function isByNpx(script: string, env: Started['env']): boolean {
  if (env['npm_command'] === 'exec') return true
  return (
    script.includes(`${sep}node_modules${sep}`) &&
    (env['npm_lifecycle_event'] !== undefined || basename(script) === 'turnstate')
  )
}
