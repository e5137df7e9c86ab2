import { expect, it } from 'vitest'

/** An attempt to harm a surface of the product, or to get at secrets through it. */
export interface Attack {
  /** What the attacker does, in a few words. */
  readonly attack: string
  /**
   * Performs the attack, and checks that it does no harm.
   *
   * @returns the observed outcome, as a phrase. It becomes a row of docs/security.md, so it has no `|`, and nothing that
   *   differs between runs.
   */
  readonly run: () => Promise<string>
}

/**
 * Makes a test of each attack, and one that compares the outcomes with the surface's table in `tables/`, which
 * docs/security.md shows. `vitest -u` rewrites the table.
 */
export function attackSurface(surface: string, attacks: readonly Attack[]): void {
  const rows: string[] = []
  for (const { attack, run } of attacks)
    it(attack, async () => {
      const happened = await run()
      expect(happened).not.toMatch(/[|\n]|^$/)
      rows.push(`| ${surface} | ${attack} | ${happened} |\n`)
    })
  it('the table of attacks matches the outcomes', async () => {
    await expect(rows.join('')).toMatchFileSnapshot(`tables/${surface.replaceAll(/\W+/g, '-')}.txt`)
  })
}
