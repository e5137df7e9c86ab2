import { expect, it } from 'vitest'

/** Something that is done to a surface of the product, to harm it or to learn what nobody may know. */
export interface Attack {
  /** What the attacker does, in a few words. */
  readonly attack: string
  /**
   * Does it, and checks that it does no harm.
   *
   * @returns what happened, in words made of what was seen. They become a row of docs/security.md: they hold no `|`, and
   *   nothing that changes from run to run.
   */
  readonly run: () => Promise<string>
}

/**
 * Makes a test of each attack, and one that compares what happened with the table of the surface in `tables/`, which
 * docs/security.md shows. `vitest -u` writes the table anew.
 */
export function attackSurface(surface: string, attacks: readonly Attack[]): void {
  const rows: string[] = []
  for (const { attack, run } of attacks)
    it(attack, async () => {
      const happened = await run()
      expect(happened).not.toMatch(/[|\n]|^$/)
      rows.push(`| ${surface} | ${attack} | ${happened} |\n`)
    })
  it('the table of attacks says what happened', async () => {
    await expect(rows.join('')).toMatchFileSnapshot(`tables/${surface.replaceAll(/\W+/g, '-')}.txt`)
  })
}
