// Before the tests: the inspector's page and the fonts of pictures are built, where they were not.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

export default function setup(): void {
  const built = ['page/index.html', 'fonts/LICENSE'].map((name) => new URL(`../dist/${name}`, import.meta.url))
  if (!built.every((file) => existsSync(file)))
    execFileSync('npm', ['run', '--silent', 'build:page'], { stdio: 'inherit' })
}
