// The configuration of a server: a module whose default export has options of `conversationServer()`.
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { quoteOf, TurnstateError } from '../errors.ts'
import { isRecord } from '../objects.ts'
import type { ConversationServerOptions } from '../server/index.ts'

/** Everything is optional: the flags of the command fill in what is missing. */
export type ServerConfig = Partial<Extract<ConversationServerOptions, { readonly options?: undefined }>>

/** Files that are read if they are there, in this order. */
const names = ['turnstate.config.ts', 'turnstate.config.mjs', 'turnstate.config.js', 'turnstate.config.json']

/**
 * The configuration in this file, or in the first of the usual ones in the working folder; empty if there is none.
 *
 * @throws TurnstateError `invalid-option` for a file that is missing, can't be loaded or exports something else
 */
export async function readServerConfig(path?: string): Promise<ServerConfig> {
  const found = path ?? names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile())
  if (found === undefined) return {}
  if (statSync(found, { throwIfNoEntry: false }) === undefined)
    throw new TurnstateError('invalid-option', `There is no configuration ${found}.`)
  const given = await exported(found)
  if (isConfig(given)) return given
  throw new TurnstateError(
    'invalid-option',
    `${found} must export an object with options of conversationServer() as its default.`,
  )
}

/** What is in it is checked where it is used. */
const isConfig = (value: unknown): value is ServerConfig => isRecord(value)

async function exported(path: string): Promise<unknown> {
  try {
    const { href } = pathToFileURL(resolve(path))
    const module: { readonly default?: unknown } = path.endsWith('.json')
      ? await import(href, { with: { type: 'json' } })
      : await import(href)
    return module.default
  } catch (cause) {
    const isTypes = cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    throw new TurnstateError(
      'invalid-option',
      isTypes
        ? `This version of Node can't load ${path}: name it .mjs, or run a later Node (22.18), which reads TypeScript.`
        : `${path} can't be loaded.`,
      { cause, ...(isTypes ? {} : quoteOf(cause)) },
    )
  }
}
