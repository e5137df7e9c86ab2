// Where chats are kept, as people give it: `sqlite:PATH` or `postgres:URL`.
import { InvalidArgumentError } from 'commander'

export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** What people can give. */
export const storeAddresses = 'sqlite:PATH or postgres://HOST/DATABASE'

/** Reads an address. Never quotes it: it may hold a password. */
export function parseStore(value: string): StoreAddress {
  const address = readStoreAddress(value)
  if (address !== null) return address
  throw new InvalidArgumentError(`Give ${storeAddresses}`)
}

/** Reads an address, `memory`, or `user` for the user's own chats. */
export function parseServedStore(value: string): StoreAddress | 'memory' | 'user' {
  if (value === 'memory' || value === 'user') return value
  const address = readStoreAddress(value)
  if (address !== null) return address
  throw new InvalidArgumentError(`Give ${storeAddresses}, memory, or user`)
}

/** The address that a text gives; `null` if it is not one. */
function readStoreAddress(value: string): StoreAddress | null {
  if (value.startsWith('sqlite:')) {
    const path = value.slice('sqlite:'.length)
    return path === '' || path.includes('\0') ? null : { kind: 'sqlite', path }
  }
  const url = /^postgres(?:ql)?:\/\//.test(value) ? value : value.replace(/^postgres:(?=postgres(?:ql)?:\/\/)/, '')
  return /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url) ? { kind: 'postgres', url } : null
}

/** Whether the arguments contain a password of a database. */
export const holdsPassword = (argv: readonly string[]): boolean =>
  argv.some((argument) => {
    const [, rest = ''] = /postgres(?:ql)?:\/\//.test(argument) ? argument.split('://', 2) : []
    const [server = ''] = rest.split('/', 1)
    const login = server.slice(0, Math.max(server.lastIndexOf('@'), 0))
    return login.includes(':') && !login.endsWith(':')
  })
