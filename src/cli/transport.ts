import type { LeanFetch } from '../node/index.ts'
import { isMissingPackage } from './missing-package.ts'

/** The `fetch` for requests to the API: `leanFetch()`, whose package is optional; without it `undefined`, and Node's own is used. */
export async function transport(): Promise<LeanFetch | undefined> {
  try {
    const { leanFetch } = await import('../node/index.ts')
    return leanFetch()
  } catch (error) {
    if (isMissingPackage(error)) return undefined
    throw error
  }
}
