// Reads the tokens of an inspector's addresses from the environment or a private file. Arguments of a process are not private:
// all users of the machine can read them.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { messageOf, TurnstateError } from '../errors.ts'
import { makeToken } from '../inspect/web/access.ts'
import type { Host } from './host.ts'
import { isToken } from './parse.ts'

/** Environment variables with the tokens for `turnstate inspect`. */
const tokenVariable = 'TURNSTATE_INSPECTOR_TOKEN'
const controlTokenVariable = 'TURNSTATE_INSPECTOR_CONTROL_TOKEN'

/** Environment variable with the address for `turnstate chat --inspect`. */
export const addressVariable = 'TURNSTATE_INSPECTOR'

/** Whether the arguments contain a token: after `--token`, or in an address after `--inspect`. */
export const holdsToken = (argv: readonly string[]): boolean =>
  argv.some(
    (argument, index) =>
      /^--token(?:=|$)/.test(argument) ||
      argument.startsWith('--inspect=http:') ||
      (argument === '--inspect' && argv[index + 1]?.startsWith('http:') === true),
  )

/** Warns if the arguments contain a token, and says how to pass it privately. */
export function warnOfToken(argv: readonly string[], { errors }: Host): void {
  if (!holdsToken(argv)) return
  const instead =
    argv[0] === 'serve'
      ? 'the variable TURNSTATE_TOKEN'
      : argv[0] === 'inspect'
        ? '--token-file'
        : `the address in ${addressVariable}`
  errors.write(
    `turnstate: other users of this machine can read a token that is among the arguments. Use ${instead} instead.\n`,
  )
}

export interface GivenTokens {
  readonly token?: string
  readonly controlToken?: string
}

/**
 * Reads the tokens from a file, or from the environment. In a file, the first line is the token to look, the second the token for
 * control. A missing file is created with new tokens, readable only by its owner.
 *
 * @throws TurnstateError `file-unreadable`, `invalid-option` for an invalid token
 */
export function tokensFrom(path: string | undefined, { env, errors }: Host): GivenTokens {
  if (path === undefined)
    return named(
      [env[tokenVariable], `${tokenVariable} holds no token`],
      [env[controlTokenVariable], `${controlTokenVariable} holds no token`],
    )
  const [look, control] = linesOf(path)
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    errors.write(`turnstate: other users of this machine can read the tokens in ${path}. Run: chmod 600 ${path}\n`)
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
  throw new TurnstateError('invalid-option', `${otherwise}: a token has at least 16 letters, digits, "-" or "_".`)
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
  new TurnstateError('file-unreadable', `Can't read or write the tokens in ${path}: ${messageOf(cause)}`, { cause })
