import { quoteOf, TurnstateError } from '../errors.ts'
import { isMissingPackage } from './missing-package.ts'

/**
 * Loads a part of turnstate whose packages are optional.
 *
 * @param what it is, for people
 * @param packages that it needs, as npm takes them
 * @throws TurnstateError `not-available` with how to install a package that is missing
 */
export async function loadOptional<Module>(
  load: () => Promise<Module>,
  what: string,
  packages: string,
): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    const isMissing = isMissingPackage(cause)
    throw new TurnstateError(
      'not-available',
      isMissing ? `A package is missing. Install it: npm install ${packages}.` : `${what} cannot be loaded.`,
      { cause, ...(isMissing ? {} : quoteOf(cause)) },
    )
  }
}
