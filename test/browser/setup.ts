// Unpacks the browser before the tests.
import { unpackChromium } from './chromium.ts'

export default async function setup(): Promise<void> {
  await unpackChromium()
}
