// Before the tests in a browser: the browser is unpacked.
import { unpackChromium } from './chromium.ts'

export default async function setup(): Promise<void> {
  await unpackChromium()
}
