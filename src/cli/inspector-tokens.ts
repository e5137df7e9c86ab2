// The tokens in the addresses of an inspector, from where others can't read them: the environment, or a file of one's own. What
// stands among the arguments of a process is there for everybody on the machine.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { messageOf, TurnstateError } from '../errors.ts'
import { makeToken } from '../inspect/web/access.ts'
import type { Host } from './host.ts'
import { isToken } from './parse.ts'

/** Where `turnstate inspect` finds its tokens. */
const tokenVariable = 'TURNSTATE_INSPECTOR_TOKEN'
const controlTokenVariable = 'TURNSTATE_INSPECTOR_CONTROL_TOKEN'

/** Where `turnstate chat --inspect` finds the address of an inspector. */
export const addressVariable = 'TURNSTATE_INSPECTOR'

/** Whether a token of an inspector stands among arguments: after `--token`, or in an address after `--inspect`. */
export const holdsToken = (argv: readonly string[]): boolean =>
  argv.some(
    (argument, index) =>
      /^--token(?:=|$)/.test(argument) ||
      argument.startsWith('--inspect=http:') ||
      (argument === '--inspect' && argv[index + 1]?.startsWith('http:') === true),
  )

/** Says how to give a token so that others can't read it, where one stands among the arguments. */
export function warnOfToken(argv: readonly string[], { errors }: Host): void {
  if (!holdsToken(argv)) return
  const instead = argv[0] === 'inspect' ? '--token-file' : `the address in ${addressVariable}`
  errors.write(
    `turnstate: a token among the arguments can be read by others on this machine. Give ${instead} instead.\n`,
  )
}

export interface GivenTokens {
  readonly token?: string
  readonly controlToken?: string
}

/**
 * The tokens that the environment, or a file, holds. In a file, the first line lets look, and the second one control. A file that
 * is not there is made, with new ones, and only its owner can read it.
 *
 * @throws TurnstateError `file-unreadable`, `invalid-option` for what is no token
 */
export function tokensFrom(path: string | undefined, { env, errors }: Host): GivenTokens {
  if (path === undefined)
    return named(
      [env[tokenVariable], `${tokenVariable} holds no token`],
      [env[controlTokenVariable], `${controlTokenVariable} holds no token`],
    )
  const [look, control] = linesOf(path)
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    errors.write(`turnstate: others on this machine may read the tokens in ${path}: chmod 600 ${path}\n`)
  return named(
    [look ?? '', `the first line of ${path} holds no token`],
    [control, `the second line of ${path} holds no token`],
  )
}

type Named = readonly [value: string | undefined, otherwise: string]

const named = (look: Named, control: Named): GivenTokens => ({
  ...(isGiven(look) ? { token: look[0] } : {}),
  ...(isGiven(control) ? { controlToken: control[0] } : {}),
})

function isGiven(given: Named): given is readonly [string, string] {
  const [value, otherwise] = given
  if (value === undefined) return false
  if (isToken(value)) return true
  throw new TurnstateError('invalid-option', `${otherwise}: it has 16 letters, digits, "-" or "_" at least.`)
}

/** The lines of a file of tokens. */
function linesOf(path: string): readonly string[] {
  try {
    writeFileSync(path, `${makeToken()}\n${makeToken()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    if (!isThere(cause)) throw unusable(path, cause)
  }
  try {
    return readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.trim())
  } catch (cause) {
    throw unusable(path, cause)
  }
}

const isThere = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'

const unusable = (path: string, cause: unknown): TurnstateError =>
  new TurnstateError('file-unreadable', `The tokens can't be kept in ${path}: ${messageOf(cause)}`, { cause })
